import type { Message } from "../../../shared/delivery";
import { fieldsOf } from "../../look";

/** Fields of a trigger's metadata, where each array has an entry per message. */
export type Metadata = (name: string) => unknown;

/** One message of a batch. Nothing in it makes this throw. */
export function messageOf(body: unknown, index: number, metadata: Metadata): Message {
  return {
    body: bodyOf(body),
    offset: numberText(entry(metadata, "sequenceNumberArray", index)),
    arrivedAt: timeOf(entry(metadata, "enqueuedTimeUtcArray", index)),
  };
}

/** The bytes as the producer sent them, unless a host without `dataType: "binary"` has made text of them, or even parsed that. */
function bodyOf(body: unknown): string | Uint8Array {
  if (body instanceof Uint8Array || typeof body === "string") return body;
  try {
    return JSON.stringify(body) ?? "";
  } catch {
    return "";
  }
}

function entry(metadata: Metadata, name: string, index: number): unknown {
  const values = metadata(name);
  return Array.isArray(values) ? values[index] : undefined;
}

/** A 64-bit number: some versions of the worker give its two halves: https://github.com/Azure/azure-functions-nodejs-worker/issues/844 */
function numberText(value: unknown): string {
  if (typeof value === "number" || typeof value === "string") return String(value);
  const field = fieldsOf(value);
  const [low, high] = [field("low"), field("high")];
  if (!Number.isInteger(low) || !Number.isInteger(high)) return "";
  return String((BigInt(high as number) << 32n) | BigInt((low as number) >>> 0));
}

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === "string" || value instanceof Date ? new Date(value).getTime() : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
