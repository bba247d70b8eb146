import type { DeadLetter } from "../../../shared/deadletter";
import type { Bucket } from "../archive/objects";
import { readText } from "../archive/objects";
import { readOnFailure } from "./on-failure";
import type { Places } from "./places";

/** What everything about dead letters in S3 works on. */
export interface Box {
  bucket: Bucket;
  /** Of our letters. */
  prefix: string;
  /** Of what event source mappings give up on. */
  onFailurePrefix: string;
  /** For letters of a function that could not say it. */
  pipeline: string;
  places: Places;
  onUnreadable(key: string, why: string): void;
}

/** The letters in an on-failure object; undefined if it is not there, or cannot be read: then it stays. */
export async function readGiven(
  { bucket, pipeline, onUnreadable }: Box,
  key: string,
  modifiedAt: number,
  signal: AbortSignal | undefined,
): Promise<DeadLetter[] | undefined> {
  const text = await readText(bucket, key, signal);
  if (text === undefined) return undefined;
  const { letters, why } = readOnFailure(text, pipeline, modifiedAt);
  if (letters === undefined) onUnreadable(key, why);
  return letters;
}
