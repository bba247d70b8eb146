import { type DeadLetter, decodeDeadLetter } from "../../../shared/deadletter";
import { listObjects, readText } from "../archive/objects";
import { type Box, readGiven } from "./box";
import { idPartOf, part } from "./key";
import { createPlaces, type Places, remember } from "./places";

/** One letter, wherever it is. */
export async function findLetter(
  box: Box,
  id: string,
  signal: AbortSignal | undefined,
): Promise<DeadLetter | undefined> {
  const wanted = part(id);
  const known = await readPlace(box, wanted, box.places, signal);
  if (known) return known;
  // What was remembered is gone: somebody else may have moved it.
  box.places.own.delete(wanted);
  box.places.given.delete(wanted);
  return readPlace(box, wanted, await locate(box, new Set([wanted]), signal), signal);
}

/** The places of the given letters, where they have one. Reads keys only, unless an id is in none of ours. */
export async function locate(box: Box, ids: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<Places> {
  // Apart from what is remembered: a long search makes that forget.
  const found = createPlaces();
  const missing = new Set<string>();
  for (const id of ids) {
    const own = box.places.own.get(id);
    const given = box.places.given.get(id);
    if (own !== undefined) found.own.set(id, own);
    if (given !== undefined) found.given.set(id, given);
    if (own === undefined && given === undefined) missing.add(id);
  }
  if (missing.size > 0) await locateOwn(box, missing, found, signal);
  if (missing.size > 0) await locateGiven(box, missing, found, signal);
  return found;
}

/** Looks until all are found, and removes those from `missing`. */
async function locateOwn(
  box: Box,
  missing: Set<string>,
  found: Places,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const page of listObjects(box.bucket, { prefix: box.prefix }, signal)) {
    for (const { key } of page) {
      const id = idPartOf(key);
      if (id === undefined) continue;
      remember(box.places.own, id, key);
      if (missing.delete(id)) found.own.set(id, key);
    }
    if (missing.size === 0) return;
  }
}

async function locateGiven(
  box: Box,
  missing: Set<string>,
  found: Places,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const page of listObjects(box.bucket, { prefix: box.onFailurePrefix }, signal)) {
    for (const { key, modifiedAt } of page) {
      for (const { id } of (await readGiven(box, key, modifiedAt, signal)) ?? []) {
        remember(box.places.given, part(id), key);
        if (missing.delete(part(id))) found.given.set(part(id), key);
      }
      if (missing.size === 0) return;
    }
  }
}

async function readPlace(
  box: Box,
  id: string,
  { own, given }: Places,
  signal: AbortSignal | undefined,
): Promise<DeadLetter | undefined> {
  const ownKey = own.get(id);
  const text = ownKey === undefined ? undefined : await readText(box.bucket, ownKey, signal);
  const letter = text === undefined ? undefined : decodeDeadLetter(text);
  if (letter) return letter;
  const givenKey = given.get(id);
  const letters = givenKey === undefined ? undefined : await readGiven(box, givenKey, 0, signal);
  return letters?.find((other) => part(other.id) === id);
}
