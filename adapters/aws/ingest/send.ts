import type { PutRecordsRequestEntry, PutRecordsResultEntry } from "@aws-sdk/client-kinesis";
import type { Clock, Random } from "../../../shared/clock";
import type { SluiceError } from "../../../shared/errors";
import { backoffMs, type RetryPolicy } from "../../../shared/retry";
import { blocked } from "../../ingest/events";
import { awsError, cancelled } from "../errors";
import { ADAPTER, MAX_RECORDS_PER_REQUEST, MAX_REQUEST_BYTES } from "./limits";
import type { Records } from "./records";

export interface SendOptions {
  /** One request; an entry of the answer per record. */
  put: (
    entries: PutRecordsRequestEntry[],
    signal: AbortSignal | undefined,
  ) => Promise<readonly PutRecordsResultEntry[]>;
  /** Requests at once. */
  parallel: number;
  policy: RetryPolicy;
  /** Time for all of it, milliseconds: no wait begins that would outlast it. */
  budgetMs: number;
  clock: Clock;
  random: Random;
  coordinates: Readonly<Record<string, string>>;
  signal: AbortSignal | undefined;
}

const PLACE = { stage: "ingest", adapter: ADAPTER } as const;

/**
 * Sends records until each is durable or has failed for good; returns the failed ones with their errors.
 * A key has one record on its way at a time: PutRecords keeps no order within a request, and where it takes only a part,
 * a later record of a key could be taken before an earlier one. Only what failed is sent again, after a pause of its own,
 * while records of other keys go on.
 */
export async function send(records: Records, options: SendOptions): Promise<Map<number, SluiceError>> {
  const { clock, random, policy, signal, parallel } = options;
  const { ready, next } = chains(records);
  const attempts = new Uint16Array(records.keys.length);
  const failed = new Map<number, SluiceError>();
  const end = clock.monotonic() + options.budgetMs;
  const running = new Set<Promise<void>>();
  let requests = 0;

  while (true) {
    while (ready.length > 0 && requests < parallel) start(request(take(ready, records)));
    if (running.size === 0) return failed;
    await Promise.race(running);
  }

  function start(work: Promise<void>): void {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
  }

  async function request(taken: readonly number[]): Promise<void> {
    requests++;
    const errors = await outcome(taken, records, options);
    requests--;
    const again: number[] = [];
    let worst: SluiceError | undefined;
    for (let i = 0; i < taken.length; i++) {
      const [record, error] = [taken[i]!, errors[i]];
      if (error === undefined) {
        if (next[record] !== undefined) ready.push(next[record]);
      } else if (!error.retryable || signal?.aborted || ++attempts[record]! >= policy.attempts) fail(record, error);
      else {
        again.push(record);
        if ((error.retryAfterMs ?? 0) >= (worst?.retryAfterMs ?? 0)) worst = error;
      }
    }
    if (worst !== undefined) start(pause(again, worst));
  }

  async function pause(again: readonly number[], error: SluiceError): Promise<void> {
    const attempt = again.reduce((most, record) => Math.max(most, attempts[record]!), 1);
    const delayMs = backoffMs(error, attempt, policy, random);
    const inTime = clock.monotonic() + delayMs < end;
    const waited =
      inTime &&
      (await clock.sleep(delayMs, signal).then(
        () => true,
        () => false,
      ));
    for (const record of again) {
      if (waited) ready.push(record);
      else fail(record, inTime ? cancelled(PLACE) : error);
    }
  }

  /** What comes later in the key must not be taken without it. */
  function fail(record: number, error: SluiceError): void {
    failed.set(record, error);
    const behind = error.retryable ? error : blocked(ADAPTER, "An earlier event of the same key was refused.", error);
    for (let later = next[record]; later !== undefined; later = next[later]) failed.set(later, behind);
  }
}

/** The first record of each key, and which record of its key follows each. */
function chains({ keys }: Records): { ready: number[]; next: (number | undefined)[] } {
  const ready: number[] = [];
  const next: (number | undefined)[] = new Array(keys.length).fill(undefined);
  const last = new Map<string, number>();
  for (let record = 0; record < keys.length; record++) {
    const before = last.get(keys[record]!);
    if (before === undefined) ready.push(record);
    else next[before] = record;
    last.set(keys[record]!, record);
  }
  return { ready, next };
}

/** As many of the first records as one request may carry, at least one; they leave `ready`. */
function take(ready: number[], { keys, data }: Records): number[] {
  let bytes = 0;
  let count = 0;
  while (count < ready.length && count < MAX_RECORDS_PER_REQUEST) {
    const record = ready[count]!;
    bytes += data[record]!.length + Buffer.byteLength(keys[record]!);
    if (count > 0 && bytes > MAX_REQUEST_BYTES) break;
    count++;
  }
  return ready.splice(0, count);
}

/** Per record of a request, the error that stopped it; undefined where the record is durable. */
async function outcome(
  taken: readonly number[],
  { keys, data }: Records,
  { put, signal, coordinates }: SendOptions,
): Promise<(SluiceError | undefined)[]> {
  if (signal?.aborted) return new Array(taken.length).fill(cancelled(PLACE));
  const place = { ...PLACE, coordinates };
  try {
    const results = await put(
      taken.map((record) => ({ Data: data[record]!, PartitionKey: keys[record]! })),
      signal,
    );
    // A throttled shard fails hundreds of records alike; a stack trace for each would cost more than the request.
    const known = new Map<string, SluiceError>();
    return taken.map((_, i) => {
      const { SequenceNumber, ErrorCode, ErrorMessage } = results[i] ?? {};
      if (SequenceNumber !== undefined && ErrorCode === undefined) return undefined;
      const name = ErrorCode ?? "InternalFailure";
      const error =
        known.get(name) ?? awsError({ name, message: ErrorMessage ?? "The answer lacks this record." }, place);
      known.set(name, error);
      return error;
    });
  } catch (thrown) {
    return new Array(taken.length).fill(awsError(thrown, place));
  }
}
