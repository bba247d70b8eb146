import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Clock, Random } from "../../../shared/clock";
import { type DeadLetter, encodeDeadLetter } from "../../../shared/deadletter";
import { backoffMs, type RetryPolicy } from "../../../shared/retry";
import { firstPerKey } from "../../letters/key";
import { parallel } from "../../parallel";
import type { Bucket } from "../archive/objects";
import { awsError, type ErrorPlace, isConditionFailed } from "../errors";

export interface PutContext {
  bucket: Bucket;
  prefix: string;
  place: ErrorPlace;
  clock: Clock;
  random: Random;
  signal: AbortSignal | undefined;
}

/** S3 takes thousands of requests a second per prefix; this many are quick enough and leave sockets for others. */
const AT_ONCE = 32;

/** Two that write the same key at once: the one that is told so looks again. */
const CONFLICT: RetryPolicy = { attempts: 5, baseMs: 50, throttledBaseMs: 50, capMs: 1_000 };

/** Writes letters, each unless it is there. All are durable when it returns. */
export function putLetters(letters: readonly DeadLetter[], context: PutContext): Promise<void> {
  return parallel([...firstPerKey(context.prefix, letters)], AT_ONCE, ([key, letter]) =>
    putLetter(key, letter, context),
  );
}

async function putLetter(key: string, letter: DeadLetter, context: PutContext): Promise<void> {
  const { bucket, place, clock, random, signal } = context;
  const command = new PutObjectCommand({
    Bucket: bucket.name,
    Key: key,
    Body: encodeDeadLetter(letter),
    ContentType: "application/json",
    IfNoneMatch: "*",
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await bucket.client.send(command, signal && { abortSignal: signal });
      return;
    } catch (thrown) {
      if (isConditionFailed(thrown)) return;
      const error = awsError(thrown, place);
      if (error.code !== "conflict" || attempt === CONFLICT.attempts) throw error;
      await clock.sleep(backoffMs(error, attempt, CONFLICT, random), signal);
    }
  }
}
