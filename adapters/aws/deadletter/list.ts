import { type DeadLetter, decodeDeadLetter } from "../../../shared/deadletter";
import type { DeadLetterFilter } from "../../../shared/ports";
import { parallel } from "../../parallel";
import { type ListedObject, type Listing, listFolders, listObjects, readText } from "../archive/objects";
import { type Box, readGiven } from "./box";
import { part } from "./key";
import { remember } from "./places";

/** Letters read ahead, in all partitions together and in one. */
const READ_AHEAD = 64;
const READ_AHEAD_PER_FOLDER = 16;
const READ_AHEAD_BYTES = 1024 * 1024;

/** Folders whose first letters are looked for at once. */
const OPEN_AT_ONCE = 16;

/** A letter is written after it failed; S3 refuses requests of a clock that is off by a quarter of this. */
const CLOCK_MARGIN_MS = 3_600_000;

/** Below our prefix source and partition, below Lambda's mapping and shard: what lies there is in order of time. */
const LEVELS = 2;

/** Letters that match, oldest first: our own and those of on-failure objects, the folders of both merged. */
export async function* listLetters(
  box: Box,
  filter: DeadLetterFilter,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeadLetter> {
  const own = await listFolders(box.bucket, box.prefix, LEVELS, signal);
  const mayBeGiven = filter.code === undefined || filter.code === "internal";
  const given = mayBeGiven ? await listFolders(box.bucket, box.onFailurePrefix, LEVELS, signal) : [];
  const ahead = Math.min(filter.limit, READ_AHEAD_PER_FOLDER, Math.max(1, Math.floor(READ_AHEAD / own.length)));
  const sources = [
    ...own.map((folder) => ownLetters(box, folder, filter, ahead, signal)),
    ...given.map((folder) => givenLetters(box, folder, signal)),
  ];
  // A letter of an on-failure object may be there twice, because taking another one of it has made it our own.
  const seen = given.length > 0 ? new Map<string, true>() : undefined;
  let left = filter.limit;
  for await (const letter of merged(sources.map((source) => matching(source, filter)))) {
    if (seen?.has(letter.id)) continue;
    if (seen) remember(seen, letter.id, true);
    yield letter;
    if (--left <= 0) return;
  }
}

async function* ownLetters(
  box: Box,
  folder: Listing,
  { from = 0 }: DeadLetterFilter,
  ahead: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeadLetter> {
  for await (const page of listObjects(box.bucket, folder, signal)) {
    const recent = page.filter(({ modifiedAt }) => modifiedAt >= from - CLOCK_MARGIN_MS);
    for (const group of grouped(recent, ahead)) {
      yield* (await Promise.all(group.map(({ key }) => readOwn(box, key, signal)))).filter(
        (letter) => letter !== undefined,
      );
    }
  }
}

/** Undefined if it is not there any more, or is no letter. */
async function readOwn(box: Box, key: string, signal: AbortSignal | undefined): Promise<DeadLetter | undefined> {
  const text = await readText(box.bucket, key, signal);
  if (text === undefined) return undefined;
  const letter = decodeDeadLetter(text);
  if (letter) remember(box.places.own, part(letter.id), key);
  else box.onUnreadable(key, "it is not a dead letter");
  return letter;
}

async function* givenLetters(box: Box, folder: Listing, signal: AbortSignal | undefined): AsyncGenerator<DeadLetter> {
  for await (const page of listObjects(box.bucket, folder, signal)) {
    for (const { key, modifiedAt } of page) {
      const letters = (await readGiven(box, key, modifiedAt, signal)) ?? [];
      for (const { id } of letters) remember(box.places.given, part(id), key);
      yield* letters;
    }
  }
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
  const groups: ListedObject[][] = [];
  let bytes = 0;
  for (const object of objects) {
    const group = groups.at(-1);
    if (!group || group.length >= most || bytes + object.bytes > READ_AHEAD_BYTES) {
      groups.push([object]);
      bytes = 0;
    } else group.push(object);
    bytes += object.bytes;
  }
  return groups;
}
