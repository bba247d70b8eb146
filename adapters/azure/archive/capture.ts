import { decodeUtf8 } from "../../../shared/guards";
import { readBlocks } from "../../avro/container";
import type { Sequenced } from "./merge";

/** A record as Event Hubs Capture writes it: https://learn.microsoft.com/azure/event-hubs/explore-captured-avro-files */
interface Captured {
  SequenceNumber?: unknown;
  Offset?: unknown;
  EnqueuedTimeUtc?: unknown;
  Body?: unknown;
}

/** `11/22/2026 8:11:02 PM`: month first, and whole seconds. Newer versions of .NET put a narrow space before `PM`. */
const TIME = /^(\d{1,2})\/(\d{1,2})\/(\d{4})\s(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,3})\d*)?\s?([AP]M)?$/;

/** The messages of a captured file. Throws a plain error that says what is wrong with it. */
export async function* readCapture(bytes: AsyncIterator<Buffer>, partition: string): AsyncGenerator<Sequenced> {
  for await (const records of readBlocks(bytes)) for (const record of records) yield messageOf(record, partition);
}

/** As milliseconds since 1970. Undefined if it is no time. */
export function enqueuedTime(text: string): number | undefined {
  const iso = /^\d{4}-\d{2}-\d{2}T/.test(text)
    ? Date.parse(/Z|[+-]\d{2}:\d{2}$/.test(text) ? text : `${text}Z`)
    : Number.NaN;
  if (!Number.isNaN(iso)) return iso;
  const [, month, day, year, hour, minute, second, fraction = "0", half] = TIME.exec(text) ?? [];
  if (half !== undefined && (Number(hour) < 1 || Number(hour) > 12)) return undefined;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === "PM" ? 12 : 0);
  const date = [year, month?.padStart(2, "0"), day?.padStart(2, "0")].join("-");
  const time = Date.parse(`${date}T${String(hours).padStart(2, "0")}:${minute}:${second}.${fraction.padEnd(3, "0")}Z`);
  // What is beyond the end of a month would become a day of the next one.
  return Number.isNaN(time) || new Date(time).getUTCDate() !== Number(day) ? undefined : time;
}

function messageOf(record: unknown, partition: string): Sequenced {
  const { SequenceNumber: sequence, Offset: offset, EnqueuedTimeUtc: text, Body: data } = record as Captured;
  const time = typeof text === "string" ? enqueuedTime(text) : undefined;
  if (typeof sequence !== "number" || typeof offset !== "string" || time === undefined)
    throw new Error("it has a record without the number, offset or time of a message of Event Hubs");
  // A message may have no body.
  const body = data instanceof Uint8Array ? (decodeUtf8(data) ?? Buffer.from(data)) : "";
  return { sequence, message: { body, partition, offset, acceptedAt: time } };
}
