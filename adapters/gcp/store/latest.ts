import { SluiceError } from "../../../shared/errors";
import type { RowBatch } from "../../../shared/ports";
import { parallel } from "../../parallel";
import { gcpError, isConditionFailed } from "../errors";
import { attempted, errorOf, passesSoon, pause } from "./attempts";
import { LATEST_KEY, latestId } from "./collection";
import type { FieldWriter, StoredDocument } from "./document";
import { updateText } from "./plan";
import { fromValue } from "./values";
import { batchWrite, type Fail, type Target } from "./write";

/** Documents of one request: their names alone have some hundred bytes each. */
const MAX_DOCUMENTS = 300;

/** A hot key is written by many at once. Each attempt that fails means that another one has written. */
const LATEST_ATTEMPTS = 8;

/** A key's latest state, as the store has it. */
interface Known {
  time: number;
  updateTime: string;
}

/**
 * Makes each row its key's latest state, unless there is one of an event as new. No precondition of Firestore compares
 * fields, so each write demands that the state is still the one that was read, and where it is not, all starts again.
 */
export async function writeLatest(
  target: Target,
  rows: RowBatch,
  chosen: readonly number[],
  fields: FieldWriter,
  fail: Fail,
): Promise<void> {
  const chunks: number[][] = [];
  for (let from = 0; from < chosen.length; from += MAX_DOCUMENTS) chunks.push(chosen.slice(from, from + MAX_DOCUMENTS));
  const write = writer(target, rows, fields, fail);
  await parallel(chunks, target.concurrency, async (chunk) => {
    let left = chunk;
    try {
      for (let attempt = 1; ; attempt++) {
        left = await write(left);
        if (left.length === 0) return;
        if (attempt === LATEST_ATTEMPTS) throw contended(target);
        await pause(contended(target), attempt, target);
      }
    } catch (thrown) {
      const error = errorOf(thrown, target);
      for (const row of left) fail(row, error);
    }
  });
}

/** Reads the states of rows and writes those that are newer. Answers with the rows to do again. */
function writer(target: Target, rows: RowBatch, fields: FieldWriter, fail: Fail) {
  const nameOf = (row: number) => `${target.collection.name}/${latestId(rows.keys[row]!)}`;

  return async (chosen: readonly number[]): Promise<number[]> => {
    const states = await attempted(() => readStates(target, chosen.map(nameOf)), target);
    const newer = chosen.filter((row) => {
      const known = states.get(nameOf(row));
      return known === undefined || rows.times[row]! > known.time;
    });
    if (newer.length === 0) return [];
    const writes = newer.map((row) =>
      updateText(nameOf(row), fields.text(row, LATEST_KEY), conditionOf(states.get(nameOf(row)))),
    );
    const statuses = await attempted(() => batchWrite(target, writes), target);
    return newer.filter((row, i) => {
      const status = statuses[i]!;
      if (!status.code) return false;
      const error = gcpError(status, target.place);
      const again = isConditionFailed(status) || passesSoon(error);
      if (!again) fail(row, error);
      return again;
    });
  };
}

async function readStates(
  { client, collection, signal }: Target,
  names: readonly string[],
): Promise<Map<string, Known>> {
  const answers = await client.json<{ found?: StoredDocument }[]>({
    path: `${collection.databasePath}:batchGet`,
    body: { documents: names, mask: { fieldPaths: ["time"] } },
    signal,
  });
  const states = new Map<string, Known>();
  for (const { found } of answers) {
    const time = found?.fields?.["time"];
    if (found?.updateTime === undefined) continue;
    const known = { time: time === undefined ? Number.NEGATIVE_INFINITY : Number(fromValue(time)) };
    states.set(found.name, { ...known, updateTime: found.updateTime });
  }
  return states;
}

function conditionOf(known: Known | undefined): string {
  return JSON.stringify(known === undefined ? { exists: false } : { updateTime: known.updateTime });
}

function contended({ place }: Target): SluiceError {
  const message = "Too many write the latest state of the same key at once.";
  return new SluiceError("conflict", place.stage, message, {
    adapter: place.adapter,
    coordinates: place.coordinates ?? {},
  });
}
