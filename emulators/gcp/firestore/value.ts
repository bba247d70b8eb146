import { RpcError } from "../../grpc/status";
import { checkFieldName } from "./field-path";
import type { Fields, Kind, Value } from "./model";
import { canonicalTime } from "./time";

/** https://cloud.google.com/firestore/quotas#limits: "Maximum depth of fields in a map or array". */
const MAX_DEPTH = 20;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

type Canonical = { [K in Kind]: (value: never, depth: number) => Value };

const CANONICAL: Canonical = {
  nullValue: () => ({ nullValue: null }),
  booleanValue: (value: unknown) => ({ booleanValue: typed(value, "boolean") as boolean }),
  integerValue: (value: unknown) => ({ integerValue: integer(value) }),
  doubleValue: (value: unknown) => ({ doubleValue: double(value) }),
  timestampValue: (value: unknown) => ({ timestampValue: canonicalTime(typed(value, "string") as string) }),
  stringValue: (value: unknown) => ({ stringValue: typed(value, "string") as string }),
  bytesValue: (value: unknown) => ({ bytesValue: base64(typed(value, "string") as string) }),
  referenceValue: (value: unknown) => ({ referenceValue: typed(value, "string") as string }),
  geoPointValue: ({ latitude = 0, longitude = 0 }: NonNullable<Value["geoPointValue"]>) => ({
    geoPointValue: { latitude, longitude },
  }),
  arrayValue: ({ values = [] }: NonNullable<Value["arrayValue"]>, depth) => {
    if (values.some(({ arrayValue }) => arrayValue !== undefined))
      throw invalid("Cannot convert an array value in an array value.");
    return { arrayValue: values.length === 0 ? {} : { values: values.map((value) => canonical(value, depth + 1)) } };
  },
  mapValue: ({ fields = {} }: NonNullable<Value["mapValue"]>, depth) => {
    const kept = canonicalFields(fields, depth + 1);
    return { mapValue: Object.keys(kept).length === 0 ? {} : { fields: kept } };
  },
};

/** Which of its types a value has. */
export function kindOf(value: Value): Kind {
  for (const kind in value) if (kind in CANONICAL) return kind as Kind;
  throw invalid("A value needs exactly one of its types.");
}

/** A value of a request as the service keeps it. Throws INVALID_ARGUMENT for what is none. */
export function canonical(value: Value, depth = 1): Value {
  if (depth > MAX_DEPTH) throw invalid(`Property contains an invalid nested entity: more than ${MAX_DEPTH} levels.`);
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 1)
    throw invalid("A value needs exactly one of its types.");
  const kind = kindOf(value);
  return CANONICAL[kind](value[kind] as never, depth);
}

export function canonicalFields(fields: Fields, depth = 1): Fields {
  const kept: [string, Value][] = [];
  for (const name in fields) {
    checkFieldName(name);
    kept.push([name, canonical(fields[name]!, depth)]);
  }
  // Not by assignment: a field may be called __proto__, if only to be refused.
  return Object.fromEntries(kept);
}

/** An integer's text, kept within 64 bits as a sum is. */
export function clampedInteger(value: bigint): string {
  return String(value < INT64.min ? INT64.min : value > INT64.max ? INT64.max : value);
}

/** A number as JSON can have it. */
export function doubleOf(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function typed(value: unknown, type: "boolean" | "string"): unknown {
  if (typeof value !== type) throw invalid(`A value that should be a ${type} is a ${typeof value}.`);
  return value;
}

function integer(value: unknown): string {
  const text = String(value);
  if (!/^-?\d+$/.test(text)) throw invalid(`Invalid integer: ${text}`);
  if (text.length > 18 && (BigInt(text) > INT64.max || BigInt(text) < INT64.min))
    throw invalid(`Integer out of range: ${text}`);
  return text;
}

function double(value: unknown): number | string {
  const number = Number(value);
  if (Number.isNaN(number) && value !== "NaN" && typeof value !== "number")
    throw invalid(`Invalid number: ${String(value)}`);
  return doubleOf(number);
}

function base64(text: string): string {
  if (!BASE64.test(text)) throw invalid("Invalid bytes: not base64.");
  return text.includes("-") || text.includes("_") || text.length % 4 !== 0
    ? Buffer.from(text, "base64").toString("base64")
    : text;
}

function invalid(message: string): RpcError {
  return new RpcError("INVALID_ARGUMENT", message);
}
