import type { DeadLetter } from "../../../shared/deadletter";
import type { LetterBox } from "../../letters/box";
import type { Bucket } from "../archive/objects";
import { readOnFailure } from "./on-failure";

/** What everything about dead letters in S3 works on. */
export interface Box extends LetterBox {
  bucket: Bucket;
  /** Of what event source mappings give up on. */
  onFailurePrefix: string;
  /** Keys of on-failure objects that hold letters among others, by the part of ours that stands for the id. */
  given: Map<string, string>;
  /** For letters of a function that could not say it. */
  pipeline: string;
}

/** The letters in an on-failure object; undefined if it is not there, or cannot be read: then it stays. */
export async function readGiven(
  { objects, pipeline, onUnreadable }: Box,
  key: string,
  modifiedAt: number,
  signal: AbortSignal | undefined,
): Promise<DeadLetter[] | undefined> {
  const text = await objects.text(key, signal);
  if (text === undefined) return undefined;
  const { letters, why } = readOnFailure(text, pipeline, modifiedAt);
  if (letters === undefined) onUnreadable(key, why);
  return letters;
}
