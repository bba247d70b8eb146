import type { RowBatch, StoredPrediction } from "../../../shared/ports";
import { fieldsText } from "../../fields";
import { base64Of, FLOAT_BYTES, floatsOf } from "../../floats";
import { type Fields, fromValue, numberText, stringText, textSize, type Value, valueSize, valueText } from "./values";

/** https://cloud.google.com/firestore/quotas#limits */
export const MAX_DOCUMENT_BYTES = 1_048_576;

/** Of a document, and of each map in it. */
const MAP_BYTES = 32;
const NAME_BYTES = 16;

export interface Moment {
  /** Milliseconds since 1970. */
  storedAt: number;
  /** Milliseconds since 1970. */
  expiresAt: number | undefined;
}

export interface StoredDocument {
  /** Full name. */
  name: string;
  fields?: Fields;
  updateTime?: string;
}

/** Writes rows as the fields of documents, in JSON. */
export interface FieldWriter {
  /**
   * The fields of a row; its key stands under `keyName`. But for the moment of storing a function of the event and the
   * versions, so writing it again changes nothing.
   */
  text(row: number, keyName: string): string;
  /** Bytes of the row's document as the service counts them; `name` is the document's full name. */
  size(row: number, keyName: string, name: string): number;
}

/** By hand instead of JSON.stringify of objects, which are half of the cost; what all rows share is written once. */
export function fieldWriter(rows: RowBatch, { storedAt, expiresAt }: Moment): FieldWriter {
  const features = base64Of(rows.features);
  const expires =
    expiresAt === undefined ? "" : `,"expiresAt":{"timestampValue":"${new Date(expiresAt).toISOString()}"}`;
  const shared =
    `,"model":${stringText(rows.modelVersion)},"version":${stringText(rows.pipelineVersion)}` +
    `,"storedAt":${numberText(storedAt)}${expires}}`;
  const sharedSize =
    sizeOf("model", textSize(rows.modelVersion)) +
    sizeOf("version", textSize(rows.pipelineVersion)) +
    sizeOf("storedAt", 8) +
    (expiresAt === undefined ? 0 : sizeOf("expiresAt", 8));
  const fields = fieldsText(valueText);

  return {
    text(row, keyName) {
      const truth = rows.truths?.[row] ?? null;
      return (
        `{"${keyName}":${stringText(rows.keys[row]!)},"id":${stringText(rows.ids[row]!)}` +
        `,"time":${numberText(rows.times[row]!)},"prediction":{"mapValue":{"fields":{${fields(rows.predictions[row]!)}}}}` +
        (truth === null ? "" : `,"truth":${numberText(truth)}`) +
        `,"features":{"bytesValue":"${features(row)}"}${shared}`
      );
    },

    size(row, keyName, name) {
      const prediction = rows.predictions[row]!;
      let bytes = MAP_BYTES;
      for (const field in prediction) bytes += textSize(field) + valueSize(prediction[field]!);
      return (
        documentNameSize(name) +
        MAP_BYTES +
        sizeOf(keyName, textSize(rows.keys[row]!)) +
        sizeOf("id", textSize(rows.ids[row]!)) +
        sizeOf("time", 8) +
        sizeOf("prediction", bytes) +
        ((rows.truths?.[row] ?? null) === null ? 0 : sizeOf("truth", 8)) +
        sizeOf("features", rows.features.width * FLOAT_BYTES) +
        sharedSize
      );
    },
  };
}

/** Reads back what a field writer wrote. Undefined if it is another document. */
export function fromFields(fields: Fields): StoredPrediction | undefined {
  const { key, id, time, prediction, truth, features, model, version, storedAt } = fields as Record<
    string,
    Value | undefined
  >;
  if (key?.stringValue === undefined || id?.stringValue === undefined || time === undefined) return undefined;
  const values = Object.entries(prediction?.mapValue?.fields ?? {});
  return {
    id: id.stringValue,
    key: key.stringValue,
    time: fromValue(time) as number,
    prediction: Object.fromEntries(values.map(([name, value]) => [name, fromValue(value)])),
    truth: truth === undefined ? null : (fromValue(truth) as number),
    features: floatsOf(features?.bytesValue ?? ""),
    modelVersion: model?.stringValue ?? "",
    pipelineVersion: version?.stringValue ?? "",
    storedAt: storedAt === undefined ? 0 : (fromValue(storedAt) as number),
  };
}

function sizeOf(name: string, value: number): number {
  return textSize(name) + value;
}

/** Collections and documents in the path, without project and database. */
function documentNameSize(name: string): number {
  const path = name.slice(name.indexOf("/documents/") + "/documents/".length);
  return path.split("/").reduce((sum, part) => sum + textSize(part), NAME_BYTES);
}
