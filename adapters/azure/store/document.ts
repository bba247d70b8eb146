import { hash } from "node:crypto";
import { isSafeId } from "../../../shared/guards";
import type { RowBatch, StoredPrediction } from "../../../shared/ports";
import { fieldsText } from "../../fields";
import { base64Of, floatsOf } from "../../floats";
import { type DocumentValue, fromValue, valueText } from "./values";

/** A key's latest state. No event's document starts like this: one whose id does has its hash instead. */
export const LATEST = "~latest";

/** Every account takes this much: https://learn.microsoft.com/azure/cosmos-db/concepts-limits#per-item-limits */
const MAX_ID_BYTES = 255;

/** What a path cannot hold, and the mark of ids that are hashes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being looked for
const UNFIT = /[/\\?#\u0000-\u001f\u007f-\u009f]|^~|^$| $/;

export interface Moment {
  /** Milliseconds since 1970. */
  storedAt: number;
  /** Seconds from the last write until the document is gone. */
  ttlSeconds: number | undefined;
}

/** A document as it is read, with more that the service adds. */
export interface StoredDocument {
  id: string;
  key: string;
  eventId: string;
  time: number;
  prediction: Readonly<Record<string, DocumentValue>>;
  truth?: DocumentValue;
  features: string;
  model: string;
  version: string;
  storedAt: number;
}

/** The document of an event within its key: the event's own id, or, where that cannot be one, its hash. */
export function documentId(id: string): string {
  if (isSafeId(id) || (!UNFIT.test(id) && Buffer.byteLength(id) <= MAX_ID_BYTES)) return id;
  return `~${hash("sha256", id, "hex")}`;
}

/**
 * Writes rows as documents, without their ids: `,"key":"k" ... }`, given the key as JSON. But for the moment of storing a function of the event and
 * the versions, so writing it again changes nothing. By hand instead of JSON.stringify of objects, which are half of the
 * cost; what all rows share is written once.
 */
export function documentWriter(rows: RowBatch, { storedAt, ttlSeconds }: Moment): (row: number, key: string) => string {
  const features = base64Of(rows.features);
  const shared =
    `","model":${JSON.stringify(rows.modelVersion)},"version":${JSON.stringify(rows.pipelineVersion)}` +
    `,"storedAt":${storedAt}${ttlSeconds === undefined ? "" : `,"ttl":${ttlSeconds}`}}`;
  const fields = fieldsText(valueText);

  return (row, key) => {
    const truth = rows.truths?.[row] ?? null;
    return (
      `,"key":${key},"eventId":${idText(rows.ids[row]!)},"time":${rows.times[row]}` +
      `,"prediction":{${fields(rows.predictions[row]!)}}${truth === null ? "" : `,"truth":${valueText(truth)}`}` +
      `,"features":"${features(row)}${shared}`
    );
  };
}

/** An id as JSON. */
export function idText(id: string): string {
  return isSafeId(id) ? `"${id}"` : JSON.stringify(id);
}

/** Reads back what a writer wrote. Undefined if it is another document. */
export function fromDocument(document: Partial<StoredDocument>): StoredPrediction | undefined {
  const {
    eventId,
    key,
    time,
    prediction = {},
    truth,
    features = "",
    model = "",
    version = "",
    storedAt = 0,
  } = document;
  if (eventId === undefined || key === undefined || time === undefined) return undefined;
  return {
    id: eventId,
    key,
    time,
    prediction: Object.fromEntries(Object.entries(prediction).map(([name, value]) => [name, fromValue(value)])),
    truth: truth === undefined ? null : (fromValue(truth) as number),
    features: floatsOf(features),
    modelVersion: model,
    pipelineVersion: version,
    storedAt,
  };
}
