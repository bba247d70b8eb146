import type { ArchiveQuery } from "../../../shared/ports";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** So that names sort as their numbers do. */
const SEQUENCE_DIGITS = 20;

/** Below the folder of a partition. */
const OURS = /\/(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\/(\d{1,20})-(\d{1,20})\.ndjson$/;
const CAPTURED = /\/(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\/(\d{2})\/(\d{2})\.avro$/;
const DAY = /\/(\d{4})\/(\d{2})\/(\d{2})\/$/;

/** What the name of one of our blobs says: its first and last message, and the hour of the first one. */
export interface Span {
  first: number;
  last: number;
  /** Milliseconds since 1970: from inclusive, to exclusive. */
  from: number;
  to: number;
}

/** `<prefix><partition>/2026/01/31/23/<first>-<last>.ndjson`, of the hour of the first message, UTC. */
export function blobName(prefix: string, partition: string, { first, last, from }: Omit<Span, "to">): string {
  const [year, month, day, hour] = new Date(from).toISOString().split(/[-T:]/);
  const range = [first, last].map((sequence) => String(sequence).padStart(SEQUENCE_DIGITS, "0")).join("-");
  return `${prefix}${partition}/${year}/${month}/${day}/${hour}/${range}.ndjson`;
}

/** Undefined if it is another blob. */
export function spanOf(name: string): Span | undefined {
  const [, year, month, day, hour, first, last] = OURS.exec(name) ?? [];
  const from = Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
  if (Number.isNaN(from)) return undefined;
  return { first: Number(first), last: Number(last), from, to: from + HOUR_MS };
}

/** When Event Hubs began to fill a captured file, milliseconds since 1970. Undefined if it is another blob. */
export function capturedAt(name: string): number | undefined {
  const [, year, month, day, hour, minute, second] = CAPTURED.exec(name) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** Capture fills a file for at most 15 minutes: https://learn.microsoft.com/azure/event-hubs/event-hubs-capture-overview */
const CAPTURE_MS = HOUR_MS;

/** How far capture may have been behind, as after an outage of the storage account. */
const LATE_MS = DAY_MS;

/** Whether a captured file can hold messages of the query. */
export function mayHold(time: number, { from, to }: ArchiveQuery): boolean {
  return (from === undefined || time + CAPTURE_MS >= from) && (to === undefined || time - LATE_MS < to);
}

/**
 * Folders of days, in order, that can hold messages of the query: also the last one before it, because what lies in a folder
 * begins on its day, but may end later. Folders of anything else are left out.
 */
export function daysOf(folders: readonly string[], { from, to }: ArchiveQuery): string[] {
  const days = folders.flatMap((folder) => {
    const [, year, month, day] = DAY.exec(folder) ?? [];
    const start = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
    return Number.isNaN(start) ? [] : [{ folder, start }];
  });
  const begins = from === undefined ? 0 : days.findLastIndex(({ start }) => start + DAY_MS <= from);
  return days
    .slice(Math.max(0, begins))
    .filter(({ start }) => to === undefined || start - LATE_MS < to)
    .map(({ folder }) => folder);
}
