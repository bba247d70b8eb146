import type { ArchiveQuery } from "../../../shared/ports";

const DAY_MS = 86_400_000;

/** A subscription opens an object, and fills it for at most 10 minutes: https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription */
const EARLY_MS = 15 * 60_000;

/** `<prefix>2026/01/31/23_59_59Z_<unique>.avro`, UTC: the moment the object was opened, or soon after. */
const TIME = /(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})_(\d{2})_(\d{2})Z_[^/]*$/;

/** Where the messages of a query can be: names from `start`, and before `end`. */
export interface Range {
  start: string | undefined;
  end: string | undefined;
}

/** A message is never written before it is published, and mostly soon after; `lateMs` allows for a subscription that was behind. */
export function rangeOf(prefix: string, { from, to }: ArchiveQuery, lateMs: number): Range {
  return {
    start: from === undefined ? undefined : dayName(prefix, from - EARLY_MS),
    end: to === undefined ? undefined : dayName(prefix, to + lateMs + DAY_MS),
  };
}

/** Whether an object can hold messages of the query, by its name. One whose name tells no time can. */
export function mayHold(name: string, { from, to }: ArchiveQuery, lateMs: number): boolean {
  const [, year, month, day, hour, minute, second] = TIME.exec(name) ?? [];
  const opened = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(opened)) return true;
  return (from === undefined || opened + EARLY_MS >= from) && (to === undefined || opened - lateMs < to);
}

function dayName(prefix: string, time: number): string | undefined {
  const date = new Date(time);
  // Beyond what a date can be, or before any archive: there is no such name.
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1970 || date.getUTCFullYear() > 9999) return undefined;
  return `${prefix}${date.toISOString().slice(0, 10).replaceAll("-", "/")}/`;
}
