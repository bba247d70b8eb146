import type { FeatureMatrix, ModelOutput, OutputColumn } from "../../shared/matrix";
import type { ModelOutputs } from "../../shared/pipeline";
import { encodeRequest, REQUEST_HEADER_BYTES } from "./request";

/** What one request to the endpoint may hold. */
export interface RequestLimits {
  /** Most rows that the server takes. */
  maxRows: number;
  /** Longest request and longest answer, bytes. */
  maxBytes: number;
}

/** Kept free in the answer for its header. */
const RESPONSE_HEADER_BYTES = 4_096;
/** What a string may take in the answer, on the average of a request: labels are short. */
const STRING_BYTES = 64;
/** The largest number type. */
const NUMBER_BYTES = 8;

/** Rows whose request and whose answer both stay within the limits; at least one. */
export function rowsPerRequest(width: number, outputs: ModelOutputs, { maxRows, maxBytes }: RequestLimits): number {
  const answer = Object.values(outputs).reduce(
    (sum, output) => sum + output.width * (output.type === "string" ? STRING_BYTES : NUMBER_BYTES),
    0,
  );
  const asked = (maxBytes - REQUEST_HEADER_BYTES) / (width * 4);
  const answered = (maxBytes - RESPONSE_HEADER_BYTES) / answer;
  return Math.max(1, Math.min(maxRows, Math.floor(Math.min(asked, answered))));
}

/** The matrix as requests of at most so many rows. All are copies, so that the matrix may change while they wait. */
export function requestsOf(features: FeatureMatrix, maxRows: number): { rows: number; body: Uint8Array }[] {
  const requests: { rows: number; body: Uint8Array }[] = [];
  for (let from = 0; from < features.rows; from += maxRows) {
    const to = Math.min(from + maxRows, features.rows);
    requests.push({ rows: to - from, body: encodeRequest(features, from, to) });
  }
  return requests;
}

/** The answers to one matrix's requests, in their order, as one. */
export function joinOutputs(parts: readonly ModelOutput[]): ModelOutput {
  const [first = {}] = parts;
  if (parts.length <= 1) return first;
  return Object.fromEntries(Object.keys(first).map((name) => [name, joinColumns(parts.map((part) => part[name]!))]));
}

function joinColumns(columns: readonly OutputColumn[]): OutputColumn {
  const [{ width, data }] = columns as [OutputColumn];
  if (typeof data[0] === "string")
    return { width, data: columns.flatMap((column) => column.data as readonly string[]) };
  // Doubles hold the values of every number type; a 64-bit label's type may differ from answer to answer.
  const numbers = new Float64Array(columns.reduce((sum, column) => sum + column.data.length, 0));
  let at = 0;
  for (const column of columns) {
    numbers.set(column.data as ArrayLike<number>, at);
    at += column.data.length;
  }
  return { width, data: numbers };
}
