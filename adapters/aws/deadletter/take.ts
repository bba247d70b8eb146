import { DeleteObjectsCommand } from "@aws-sdk/client-s3";
import type { DeadLetter } from "../../../shared/deadletter";
import { remember } from "../../letters/box";
import { letterKey, part } from "../../letters/key";
import { awsError, type ErrorPlace } from "../errors";
import { type Box, readGiven } from "./box";
import { locate } from "./find";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const MAX_DELETES = 1000;

/** Deletes letters; `put` makes letters of our own durable. Returns how many there were. */
export async function takeLetters(
  box: Box,
  letterIds: readonly string[],
  put: (letters: readonly DeadLetter[]) => Promise<void>,
  place: ErrorPlace,
  signal: AbortSignal | undefined,
): Promise<number> {
  const ids = new Set(letterIds.map(part));
  const { own, given } = await locate(box, ids, signal);
  const doomed = [...own.values()];
  const taken = new Set(own.keys());

  for (const key of new Set(given.values())) {
    const letters = await readGiven(box, key, 0, signal);
    if (!letters) continue;
    const rest = letters.filter(({ id }) => !ids.has(part(id)));
    // The object is all or nothing, so what stays becomes letters of our own, before the object goes.
    await put(rest);
    for (const letter of rest) {
      remember(box.own, part(letter.id), letterKey(box.prefix, letter));
      box.given.delete(part(letter.id));
    }
    for (const { id } of letters) if (ids.has(part(id))) taken.add(part(id));
    doomed.push(key);
  }
  await deleteKeys(box, doomed, place, signal);
  for (const id of ids) {
    box.own.delete(id);
    box.given.delete(id);
  }
  return taken.size;
}

async function deleteKeys(
  { bucket }: Box,
  keys: readonly string[],
  place: ErrorPlace,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let from = 0; from < keys.length; from += MAX_DELETES) {
    const objects = keys.slice(from, from + MAX_DELETES).map((Key) => ({ Key }));
    const command = new DeleteObjectsCommand({ Bucket: bucket.name, Delete: { Objects: objects, Quiet: true } });
    const { Errors = [] } = await bucket.client.send(command, signal && { abortSignal: signal });
    const [error] = Errors;
    if (error) throw awsError({ name: error.Code, message: error.Message }, place);
  }
}
