import { type DeadLetter, decodeDeadLetter } from "../../shared/deadletter";
import { listObjects } from "../objects";
import { type LetterBox, remember } from "./box";
import { idPartOf, part } from "./key";

/** The keys of the given letters, by the part of them that stands for the id, where they have one. Reads keys only. */
export async function locateOwn(
  box: LetterBox,
  ids: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<Map<string, string>> {
  // Apart from what is remembered: a long search makes that forget.
  const found = new Map<string, string>();
  for (const id of ids) {
    const key = box.own.get(id);
    if (key !== undefined) found.set(id, key);
  }
  if (found.size === ids.size) return found;
  for await (const page of listObjects(box.objects, { prefix: box.prefix }, signal)) {
    for (const { key } of page) {
      const id = idPartOf(key);
      if (id === undefined) continue;
      remember(box.own, id, key);
      if (ids.has(id) && !found.has(id)) found.set(id, key);
    }
    if (found.size === ids.size) break;
  }
  return found;
}

/** The letter of a key; undefined if it is not there, or is no letter. */
export async function readKey(
  { objects }: LetterBox,
  key: string | undefined,
  signal: AbortSignal | undefined,
): Promise<DeadLetter | undefined> {
  const text = key === undefined ? undefined : await objects.text(key, signal);
  return text === undefined ? undefined : decodeDeadLetter(text);
}

/** One of our letters. */
export async function findOwn(
  box: LetterBox,
  id: string,
  signal: AbortSignal | undefined,
): Promise<DeadLetter | undefined> {
  const wanted = part(id);
  const known = await readKey(box, box.own.get(wanted), signal);
  if (known) return known;
  // What was remembered is gone.
  box.own.delete(wanted);
  return readKey(box, (await locateOwn(box, new Set([wanted]), signal)).get(wanted), signal);
}
