import type { PredictionValue } from "../../../shared/ports";

/** A value as Firestore's REST API has it: https://cloud.google.com/firestore/docs/reference/rest/Shared.Types/ArrayValue#Value */
export interface Value {
  nullValue?: null;
  booleanValue?: boolean;
  /** 64 bits, so as text. */
  integerValue?: string;
  /** Text where JSON has no such number: `NaN`, `Infinity`, `-0`. */
  doubleValue?: number | string;
  timestampValue?: string;
  stringValue?: string;
  /** Base64. */
  bytesValue?: string;
  mapValue?: { fields?: Fields };
}

export type Fields = Readonly<Record<string, Value>>;

/** A prediction's value as JSON text. */
export function valueText(value: PredictionValue): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return stringText(value);
  return value === null ? '{"nullValue":null}' : `{"booleanValue":${value}}`;
}

/** Integers that JavaScript counts exactly as integers, for whoever queries them; everything else to its last bit. */
export function numberText(value: number): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return `{"integerValue":"${value}"}`;
  // Google's own clients write -0 like this: as a JSON number, it loses its sign in many parsers.
  if (Object.is(value, -0)) return '{"doubleValue":"-0"}';
  return Number.isFinite(value) ? `{"doubleValue":${value}}` : `{"doubleValue":"${value}"}`;
}

export function stringText(value: string): string {
  if (value.isWellFormed()) return `{"stringValue":${JSON.stringify(value)}}`;
  // A lone surrogate has no UTF-8. No other value of a prediction is bytes.
  return `{"bytesValue":"${Buffer.from(value, "utf16le").toString("base64")}"}`;
}

export function fromValue({
  integerValue,
  doubleValue,
  stringValue,
  booleanValue,
  bytesValue,
}: Value): PredictionValue {
  if (integerValue !== undefined) return Number(integerValue);
  if (doubleValue !== undefined) return Number(doubleValue);
  if (stringValue !== undefined) return stringValue;
  if (booleanValue !== undefined) return booleanValue;
  return bytesValue === undefined ? null : Buffer.from(bytesValue, "base64").toString("utf16le");
}

/** Bytes of a value as the service counts them: https://cloud.google.com/firestore/docs/storage-size */
export function valueSize(value: PredictionValue): number {
  if (typeof value === "number") return 8;
  if (typeof value === "string") return value.isWellFormed() ? textSize(value) : value.length * 2;
  return 1;
}

export function textSize(text: string): number {
  return Buffer.byteLength(text) + 1;
}
