import { SluiceError } from "../../../shared/errors";
import { parallel } from "../../parallel";
import { attempted, errorOf, pause } from "../attempts";
import { isConditionFailed, isNotFound } from "../errors";
import { type Container, DOCUMENTS, jsonOf, partitionOf, pathOf, send } from "./container";
import { LATEST, type StoredDocument } from "./document";
import { documentText, type Entry } from "./plan";
import type { Fail } from "./write";

/** A hot key is written by many at once. Each attempt that fails means that another one has written. */
const LATEST_ATTEMPTS = 8;

const HEADERS = { "content-type": "application/json", prefer: "return=minimal" } as const;

/** A key's latest state, as the store has it. */
interface Known {
  time: number;
  etag: string;
}

/**
 * Makes each entry its key's latest state, unless there is one of an event as new. The condition is on the state that was
 * read: where it is another one by now, all starts again.
 *
 * @param timeOf Of an entry's event, milliseconds since 1970.
 */
export function writeLatest(
  container: Container,
  entries: readonly Entry[],
  timeOf: (entry: Entry) => number,
  fail: Fail,
): Promise<void> {
  return parallel(entries, container.concurrency, async (entry) => {
    try {
      for (let attempt = 1; ; attempt++) {
        const known = await attempted(() => readState(container, entry.key), container);
        if (known !== undefined && known.time >= timeOf(entry)) return;
        if (await attempted(() => writeState(container, entry, known), container)) return;
        if (attempt === LATEST_ATTEMPTS) throw contended(container);
        await pause(contended(container), attempt, container);
      }
    } catch (thrown) {
      fail(entry, errorOf(thrown, container));
    }
  });
}

async function readState(container: Container, key: string): Promise<Known | undefined> {
  try {
    const answer = await send(container, { path: pathOf(LATEST), headers: partitionOf(key) });
    const { time = Number.NEGATIVE_INFINITY } = jsonOf<Partial<StoredDocument>>(answer);
    return { time, etag: answer.headers["etag"] ?? "" };
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** Whether it is written: not if there is another state than the known one. */
async function writeState(container: Container, { key, rest }: Entry, known: Known | undefined): Promise<boolean> {
  const call = { body: documentText(LATEST, rest), headers: { ...HEADERS, ...partitionOf(key) } };
  try {
    await send(
      container,
      known === undefined
        ? { ...call, path: DOCUMENTS }
        : { ...call, method: "PUT", path: pathOf(LATEST), headers: { ...call.headers, "if-match": known.etag } },
    );
    return true;
  } catch (thrown) {
    // Not there any more: its time to live has ended.
    if (isConditionFailed(thrown) || (known !== undefined && isNotFound(thrown))) return false;
    throw thrown;
  }
}

function contended({ place }: Container): SluiceError {
  const message = "Too many write the latest state of the same key at once.";
  return new SluiceError("conflict", place.stage, message, {
    adapter: place.adapter,
    coordinates: place.coordinates ?? {},
  });
}
