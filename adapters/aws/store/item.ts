import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Prediction, RowBatch, StoredPrediction } from "../../../shared/ports";
import { fromAttribute, fromBytes, toAttribute, toBytes, valueSize } from "./values";

export type Item = Record<string, AttributeValue>;

/** Sort key of a key's latest state: no event's id has a `#`, and all of its characters sort behind it. */
export const LATEST = "#latest";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const MAX_ITEM_BYTES = 400 * 1024;

/** A row that is also its key's latest state must be one under that sort key as well, with its id as an attribute. */
export const MAX_LATEST_BYTES = MAX_ITEM_BYTES - LATEST.length - "id".length;

export interface Moment {
  /** Milliseconds since 1970. */
  storedAt: number;
  /** Seconds since 1970, as DynamoDB's time to live wants it: milliseconds would never expire. */
  expiresAt: number | undefined;
}

/** A row as an item: but for the moment of storing, a function of the event and the versions, so writing it again changes nothing. */
export function toItem(rows: RowBatch, row: number, { storedAt, expiresAt }: Moment): Item {
  const { width, data } = rows.features;
  const truth = rows.truths?.[row] ?? null;
  return {
    pk: { S: rows.keys[row]! },
    sk: { S: rows.ids[row]! },
    time: { N: timeOf(rows.times[row]!) },
    prediction: { M: mapValues(rows.predictions[row]!, toAttribute) },
    ...(truth === null ? {} : { truth: toAttribute(truth) }),
    // Copied: the SDK reads it when it sends, and the matrix is reused by then.
    features: { B: toBytes(data.slice(row * width, (row + 1) * width)) },
    model: { S: rows.modelVersion },
    version: { S: rows.pipelineVersion },
    storedAt: { N: String(storedAt) },
    ...(expiresAt === undefined ? {} : { expiresAt: { N: String(expiresAt) } }),
  };
}

/** The same as its key's latest state. */
export function toLatest(item: Item): Item {
  return { ...item, sk: { S: LATEST }, id: item["sk"]! };
}

export function fromItem(item: Item): StoredPrediction {
  const truth = item["truth"];
  return {
    id: text(item["sk"]),
    key: text(item["pk"]),
    time: number(item["time"]),
    prediction: mapValues(item["prediction"]?.M ?? {}, fromAttribute) satisfies Prediction,
    truth: truth === undefined ? null : (fromAttribute(truth) as number),
    features: fromBytes(item["features"]?.B ?? new Uint8Array(0)),
    modelVersion: text(item["model"]),
    pipelineVersion: text(item["version"]),
    storedAt: number(item["storedAt"]),
  };
}

/** Bytes as the service counts them: names and values. */
export function itemSize(item: Item): number {
  let size = 0;
  for (const name in item) size += name.length + valueSize(item[name]!);
  return size;
}

/** Identifies an item within its table: neither part holds a line break. */
export function itemKey(item: Item): string {
  return `${text(item["pk"])}\n${text(item["sk"])}`;
}

/** As a plain number, so that the service can compare it: what it cannot hold is less than a moment away from 1970. */
function timeOf(time: number): string {
  return Math.abs(time) < 1e-130 ? "0" : String(time);
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}

function text(value: AttributeValue | undefined): string {
  return value?.S ?? "";
}

function number(value: AttributeValue | undefined): number {
  return Number(value?.N ?? 0);
}
