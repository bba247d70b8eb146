import { SluiceError } from "../../../shared/errors";
import { longestWait } from "../../../shared/retry";
import { parallel } from "../../parallel";
import type { GcpClient } from "../client";
import { gcpError } from "../errors";
import { type Attempts, attempted, errorOf, passesSoon, pause } from "./attempts";
import type { Collection } from "./collection";

/** What a write needs besides the documents. */
export interface Target extends Attempts {
  client: GcpClient;
  collection: Collection;
  /** Requests at once. */
  concurrency: number;
}

/** Told for each row that is not stored. */
export type Fail = (row: number, error: SluiceError) => void;

/** google.rpc.Status: without a code, all is well. */
export interface Status {
  code?: number;
  message?: string;
  details?: readonly unknown[];
}

interface BatchWriteResponse {
  status?: readonly Status[];
}

/** Calls for one write that the service puts off by itself, as it does where many write one document or one range. */
const WRITE_ATTEMPTS = 4;

/** Writes all rows; returns once each is durable or reported. */
export function writeChunks(
  target: Target,
  chunks: readonly number[][],
  texts: ReadonlyMap<number, string>,
  fail: Fail,
): Promise<void> {
  return parallel(chunks, target.concurrency, (chunk) => writeChunk(target, chunk, texts, fail));
}

/** One status per write, in order: writes of a request do not share their fate. */
export async function batchWrite(
  { client, collection, signal, place }: Target,
  writes: readonly string[],
): Promise<readonly Status[]> {
  const { status } = await client.json<BatchWriteResponse>({
    path: `${collection.databasePath}:batchWrite`,
    body: `{"writes":[${writes.join(",")}]}`,
    signal,
  });
  if (status?.length === writes.length) return status;
  throw new SluiceError("unavailable", place.stage, "The answer does not say what became of every write.", {
    adapter: place.adapter,
    coordinates: place.coordinates ?? {},
  });
}

async function writeChunk(
  target: Target,
  chunk: readonly number[],
  texts: ReadonlyMap<number, string>,
  fail: Fail,
): Promise<void> {
  let left = chunk;
  try {
    for (let attempt = 1; ; attempt++) {
      const statuses = await attempted(
        () =>
          batchWrite(
            target,
            left.map((row) => texts.get(row)!),
          ),
        target,
      );
      const failures = failuresOf(target, left, statuses);
      const again = attempt === WRITE_ATTEMPTS ? [] : failures.filter(({ error }) => passesSoon(error));
      for (const { row, error } of failures) if (attempt === WRITE_ATTEMPTS || !passesSoon(error)) fail(row, error);
      if (again.length === 0) return;
      left = again.map(({ row }) => row);
      await pause(longestWait(again), attempt, target);
    }
  } catch (thrown) {
    const error = errorOf(thrown, target);
    // A write that cannot be read rejects its whole request, in halves at last only itself.
    if (error.code === "store-rejected" && left.length > 1) return halves(target, left, texts, fail);
    for (const row of left) fail(row, error);
  }
}

async function halves(
  target: Target,
  chunk: readonly number[],
  texts: ReadonlyMap<number, string>,
  fail: Fail,
): Promise<void> {
  const middle = chunk.length >> 1;
  await writeChunk(target, chunk.slice(0, middle), texts, fail);
  await writeChunk(target, chunk.slice(middle), texts, fail);
}

function failuresOf({ place }: Target, rows: readonly number[], statuses: readonly Status[]) {
  const failures: { row: number; error: SluiceError }[] = [];
  for (let i = 0; i < rows.length; i++) {
    const status = statuses[i]!;
    if (status.code) failures.push({ row: rows[i]!, error: gcpError(status, place) });
  }
  return failures;
}
