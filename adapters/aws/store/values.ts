import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { PredictionValue } from "../../../shared/ports";

/**
 * DynamoDB's numbers have 38 digits and a smaller range than doubles, and know no -0:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
const LEAST = 1e-130;
const BEYOND = 1e126;

/** A value as an attribute. What the service cannot hold is tagged: `{ number: "5e-324" }`, or `{ utf16: bytes }`. */
export function toAttribute(value: PredictionValue): AttributeValue {
  if (typeof value === "number") return toNumber(value);
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null) return { NULL: true };
  // A lone surrogate has no UTF-8.
  return value.isWellFormed() ? { S: value } : { M: { utf16: { B: Buffer.from(value, "utf16le") } } };
}

export function fromAttribute({ N, S, BOOL, M }: AttributeValue): PredictionValue {
  if (N !== undefined) return Number(N);
  if (S !== undefined) return S;
  if (BOOL !== undefined) return BOOL;
  const tagged = M?.["number"]?.S;
  if (tagged !== undefined) return Number(tagged);
  const units = M?.["utf16"]?.B;
  return units === undefined ? null : Buffer.from(units).toString("utf16le");
}

function toNumber(value: number): AttributeValue {
  const size = Math.abs(value);
  if ((size >= LEAST && size < BEYOND) || Object.is(value, 0)) return { N: String(value) };
  return { M: { number: { S: Object.is(value, -0) ? "-0" : String(value) } } };
}

/** Float32 values as bytes, lowest first, as every machine that this runs on keeps them. */
export function toBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

export function fromBytes(bytes: Uint8Array): Float32Array {
  // Copied, because the bytes need not start where a float may.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** Bytes of a value as the service counts them: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function valueSize({ N, S, B, M }: AttributeValue): number {
  if (N !== undefined) return Math.ceil(digits(N) / 2) + 1 + (N.startsWith("-") ? 1 : 0);
  if (S !== undefined) return Buffer.byteLength(S);
  if (B !== undefined) return B.length;
  if (M === undefined) return 1;
  return Object.entries(M).reduce((sum, [name, value]) => sum + 1 + Buffer.byteLength(name) + valueSize(value), 3);
}

/** Significant ones: neither leading nor trailing zeros count. */
function digits(number: string): number {
  return number.replace(/e.*$|[-.]/g, "").replace(/^0+|0+$/g, "").length;
}
