import type { ArchiveQuery } from "../../../shared/ports";
import type { Listing } from "../../objects";

const HOUR_MS = 3_600_000;

/**
 * Firehose buffers for at most 15 minutes and files an object under the hour of its oldest record, so a record is in its own
 * hour or the one before: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */
const MARGIN_MS = 900_000;

/** `<prefix>dt=2026-01-31/hh=23/`, UTC. */
const HOUR = /dt=(\d{4}-\d{2}-\d{2})\/hh=(\d{2})\//;

/** `<delivery stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid>`, UTC. */
const NAME = /-(\d{4}-\d{2}-\d{2})-(\d{2})-(\d{2})-(\d{2})-[^/]*$/;

/** When the messages of an object were accepted, as far as the key of the object says. */
export interface Span {
  /** Milliseconds since 1970, both inclusive. */
  from: number;
  to: number;
  /** Of messages that do not say it themselves. */
  usual: number;
}

/** Where the messages of a query can be, as the listing's start and the first key behind it. */
export function listingOf(prefix: string, { from, to }: ArchiveQuery): Listing & { end: string | undefined } {
  return {
    prefix,
    after: from === undefined ? undefined : hourKey(prefix, from - MARGIN_MS),
    end: to === undefined ? undefined : hourKey(prefix, to + MARGIN_MS + HOUR_MS),
  };
}

/** `modifiedAt` counts where the key tells no time. */
export function spanOf(key: string, modifiedAt: number): Span {
  const hour = HOUR.exec(key);
  const start = hour ? Date.parse(`${hour[1]}T${hour[2]}:00:00Z`) : Number.NaN;
  const from = Number.isNaN(start) ? Number.NEGATIVE_INFINITY : start - MARGIN_MS;
  const to = Number.isNaN(start) ? Number.POSITIVE_INFINITY : start + HOUR_MS + MARGIN_MS;
  const name = NAME.exec(key);
  const written = name ? Date.parse(`${name[1]}T${name[2]}:${name[3]}:${name[4]}Z`) : Number.NaN;
  // An object that could not be written for hours is still of the hour in its key.
  const usual = Math.min(Math.max(Number.isNaN(written) ? modifiedAt : written, from), to);
  return { from, to, usual };
}

/** The part of a key before the object's own name: everything in it was accepted in the same hour, or soon after. */
export function partitionOfKey(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1) || "/";
}

function hourKey(prefix: string, time: number): string | undefined {
  const date = new Date(time);
  // Beyond what a date can be, or before any archive: there is no such key.
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1970 || date.getUTCFullYear() > 9999) return undefined;
  const text = date.toISOString();
  return `${prefix}dt=${text.slice(0, 10)}/hh=${text.slice(11, 13)}/`;
}
