import type { DeadLetter } from "../../../shared/deadletter";
import type { DeadLetterFilter } from "../../../shared/ports";
import { remember } from "../../letters/box";
import { part } from "../../letters/key";
import { LEVELS, oldestFirst, ownLetters } from "../../letters/list";
import { type Listing, listFolders, listObjects } from "../../objects";
import { type Box, readGiven } from "./box";

/** Letters that match, oldest first: our own and those of on-failure objects, the folders of both merged. */
export async function* listLetters(
  box: Box,
  filter: DeadLetterFilter,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeadLetter> {
  const own = await ownLetters(box, filter, signal);
  const mayBeGiven = filter.code === undefined || filter.code === "internal";
  const given = mayBeGiven ? await listFolders(box.objects, box.onFailurePrefix, LEVELS, signal) : [];
  const sources = [...own, ...given.map((folder) => givenLetters(box, folder, signal))];
  // A letter of an on-failure object may be there twice, because taking another one of it has made it our own.
  const seen = given.length > 0 ? new Map<string, true>() : undefined;
  let left = filter.limit;
  for await (const letter of oldestFirst(sources, filter)) {
    if (seen?.has(letter.id)) continue;
    if (seen) remember(seen, letter.id, true);
    yield letter;
    if (--left <= 0) return;
  }
}

async function* givenLetters(box: Box, folder: Listing, signal: AbortSignal | undefined): AsyncGenerator<DeadLetter> {
  for await (const page of listObjects(box.objects, folder, signal)) {
    for (const { key, modifiedAt } of page) {
      const letters = (await readGiven(box, key, modifiedAt, signal)) ?? [];
      for (const { id } of letters) remember(box.given, part(id), key);
      yield* letters;
    }
  }
}
