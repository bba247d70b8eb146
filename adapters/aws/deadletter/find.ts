import type { DeadLetter } from "../../../shared/deadletter";
import { remember } from "../../letters/box";
import { locateOwn, readKey } from "../../letters/find";
import { part } from "../../letters/key";
import { listObjects } from "../../objects";
import { type Box, readGiven } from "./box";

/** Where letters are, by the part of a key that stands for their id. */
export type Places = Pick<Box, "own" | "given">;

/** One letter, wherever it is. */
export async function findLetter(
  box: Box,
  id: string,
  signal: AbortSignal | undefined,
): Promise<DeadLetter | undefined> {
  const wanted = part(id);
  const known = await readPlace(box, wanted, box, signal);
  if (known) return known;
  // What was remembered is gone: somebody else may have moved it.
  box.own.delete(wanted);
  box.given.delete(wanted);
  return readPlace(box, wanted, await locate(box, new Set([wanted]), signal), signal);
}

/** The places of the given letters, where they have one. Reads keys only, unless an id is in none of ours. */
export async function locate(box: Box, ids: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<Places> {
  const given = new Map<string, string>();
  for (const id of ids) {
    const key = box.given.get(id);
    if (key !== undefined) given.set(id, key);
  }
  // Of what was given, another one may have become ours meanwhile; but that is remembered.
  const own = await locateOwn(box, new Set([...ids].filter((id) => !given.has(id) || box.own.has(id))), signal);
  const missing = new Set([...ids].filter((id) => !own.has(id) && !given.has(id)));
  if (missing.size > 0) await locateGiven(box, missing, given, signal);
  return { own, given };
}

/** Looks until all are found, and removes those from `missing`. */
async function locateGiven(
  box: Box,
  missing: Set<string>,
  found: Map<string, string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const page of listObjects(box.objects, { prefix: box.onFailurePrefix }, signal)) {
    for (const { key, modifiedAt } of page) {
      for (const { id } of (await readGiven(box, key, modifiedAt, signal)) ?? []) {
        remember(box.given, part(id), key);
        if (missing.delete(part(id))) found.set(part(id), key);
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
  const letter = await readKey(box, own.get(id), signal);
  if (letter) return letter;
  const givenKey = given.get(id);
  const letters = givenKey === undefined ? undefined : await readGiven(box, givenKey, 0, signal);
  return letters?.find((other) => part(other.id) === id);
}
