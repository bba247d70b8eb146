import type { LocalDatabase } from "../../adapters/local";
import type { DeadLetter } from "../../shared/deadletter";
import type { RowBatch, StoredPrediction } from "../../shared/ports";
import type { Deployment } from "../deployment";
import { Failure } from "../failure";
import type { Ledger } from "./ledger";

const ROWS = 1_000;

/**
 * Copies what the emulated cloud has stored into an embedded database, where every command can look at it after the
 * emulators have gone. Notes each row and letter in the ledger.
 */
export async function keep({ store, deadLetters }: Deployment, database: LocalDatabase, ledger: Ledger): Promise<void> {
  for await (const rows of chunked(store.query({ limit: Number.MAX_SAFE_INTEGER }), ROWS)) {
    for (const { key, id } of rows) ledger.stored(key, id);
    for (const group of Map.groupBy(rows, versionsOf).values()) {
      const { failures } = await database.store.write(batchOf(group));
      if (failures[0]) throw new Failure(`predictions cannot be kept: ${failures[0].error.message}`);
    }
  }
  for await (const letters of chunked<DeadLetter>(deadLetters.list({ limit: Number.MAX_SAFE_INTEGER }), ROWS)) {
    for (const { body } of letters) ledger.dead(body);
    await database.deadLetters.put(letters);
  }
}

async function* chunked<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

function versionsOf({ modelVersion, pipelineVersion, features }: StoredPrediction): string {
  return JSON.stringify([modelVersion, pipelineVersion, features.length]);
}

/** Rows of one version, as the engine would write them. */
function batchOf(rows: readonly StoredPrediction[]): RowBatch {
  const [first] = rows;
  const width = first?.features.length ?? 0;
  const data = new Float32Array(rows.length * width);
  for (const [index, { features }] of rows.entries()) data.set(features, index * width);
  return {
    count: rows.length,
    ids: rows.map(({ id }) => id),
    keys: rows.map(({ key }) => key),
    times: rows.map(({ time }) => time),
    predictions: rows.map(({ prediction }) => prediction),
    truths: rows.map(({ truth }) => truth),
    features: { data, rows: rows.length, width },
    modelVersion: first?.modelVersion ?? "",
    pipelineVersion: first?.pipelineVersion ?? "",
  };
}
