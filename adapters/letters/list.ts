import { type DeadLetter, decodeDeadLetter } from "../../shared/deadletter";
import type { DeadLetterFilter } from "../../shared/ports";
import { chunked } from "../chunked";
import { type ListedObject, type Listing, listFolders, listObjects } from "../objects";
import { parallel } from "../parallel";
import { type LetterBox, remember } from "./box";
import { part } from "./key";

/** Letters read ahead, in all partitions together and in one. */
const READ_AHEAD = 64;
const READ_AHEAD_PER_FOLDER = 16;
const READ_AHEAD_BYTES = 1024 * 1024;

/** Folders whose first letters are looked for at once. */
const OPEN_AT_ONCE = 16;

/** A letter is written after it failed; the services refuse requests of a clock that is off by a quarter of this. */
const CLOCK_MARGIN_MS = 3_600_000;

/** Below a prefix source and partition (or what stands for them): what lies there is in order of time. */
export const LEVELS = 2;

/** Our letters by folder, those of each in order of time. */
export async function ownLetters(
  box: LetterBox,
  filter: DeadLetterFilter,
  signal: AbortSignal | undefined,
): Promise<AsyncGenerator<DeadLetter>[]> {
  const folders = await listFolders(box.objects, box.prefix, LEVELS, signal);
  const ahead = Math.min(filter.limit, READ_AHEAD_PER_FOLDER, Math.max(1, Math.floor(READ_AHEAD / folders.length)));
  return folders.map((folder) => lettersOf(box, folder, filter, ahead, signal));
}

/** Letters that match, the oldest of all sources first, as far as each is in order of time itself. */
export function oldestFirst(
  sources: readonly AsyncGenerator<DeadLetter>[],
  filter: DeadLetterFilter,
): AsyncGenerator<DeadLetter> {
  return merged(sources.map((source) => matching(source, filter)));
}

async function* lettersOf(
  box: LetterBox,
  folder: Listing,
  { from = 0 }: DeadLetterFilter,
  ahead: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeadLetter> {
  for await (const page of listObjects(box.objects, folder, signal)) {
    const recent = page.filter(({ modifiedAt }) => modifiedAt >= from - CLOCK_MARGIN_MS);
    for (const group of grouped(recent, ahead)) {
      yield* (await Promise.all(group.map(({ key }) => readLetter(box, key, signal)))).filter(
        (letter) => letter !== undefined,
      );
    }
  }
}

/** Undefined if it is not there any more, or is no letter. */
async function readLetter(
  box: LetterBox,
  key: string,
  signal: AbortSignal | undefined,
): Promise<DeadLetter | undefined> {
  const text = await box.objects.text(key, signal);
  if (text === undefined) return undefined;
  const letter = decodeDeadLetter(text);
  if (letter) remember(box.own, part(letter.id), key);
  else box.onUnreadable(key, "it is not a dead letter");
  return letter;
}

async function* matching(
  letters: AsyncIterable<DeadLetter>,
  { code, from }: DeadLetterFilter,
): AsyncGenerator<DeadLetter> {
  for await (const letter of letters)
    if ((code === undefined || letter.code === code) && (from === undefined || letter.failedAt >= from)) yield letter;
}

/** The oldest of all heads first. */
async function* merged(sources: readonly AsyncGenerator<DeadLetter>[]): AsyncGenerator<DeadLetter> {
  const heads: (DeadLetter | undefined)[] = [];
  await parallel([...sources.entries()], OPEN_AT_ONCE, async ([i, source]) => {
    heads[i] = (await source.next()).value;
  });
  for (;;) {
    let next = -1;
    for (const [i, letter] of heads.entries())
      if (letter && (next === -1 || letter.failedAt < heads[next]!.failedAt)) next = i;
    const letter = heads[next];
    if (!letter) return;
    yield letter;
    heads[next] = (await sources[next]?.next())?.value;
  }
}

/** What is read at once: so many objects or bytes, but at least one object. */
function grouped(objects: readonly ListedObject[], most: number): ListedObject[][] {
  return chunked(objects, { items: most, size: READ_AHEAD_BYTES, sizeOf: ({ bytes }) => bytes });
}
