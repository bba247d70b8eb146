import type { Clock } from "../clock";
import { deadLetter } from "../deadletter";
import type { Delivery } from "../delivery";
import type { Pipeline } from "../pipeline";
import type { DeadLetterStore } from "../ports";
import { type RetryContext, retry } from "../retry";
import type { Ledger } from "./ledger";
import type { Reject } from "./scratch";
import type { Unpacked } from "./unpack";

export interface LetterSource {
  pipeline: Pipeline;
  deadLetters: DeadLetterStore;
  clock: Clock;
  delivery: Delivery;
  unpacked: Unpacked;
  ledger: Ledger;
  modelVersion: string;
}

/** Writes one letter per reject, with the event's original bytes and place. Returns once all are durable; throws otherwise. */
export function writeLetters(rejects: readonly Reject[], source: LetterSource, context: RetryContext): Promise<void> {
  const { pipeline, deadLetters, clock, delivery, unpacked, ledger, modelVersion } = source;
  const failedAt = clock.now();
  const letters = rejects.map(({ event, error, key, eventId }) =>
    deadLetter(unpacked.events[event]!, error, {
      position: ledger.position(event),
      attempts: delivery.attempt,
      pipeline: pipeline.name,
      pipelineVersion: pipeline.version,
      modelVersion,
      failedAt,
      key,
      eventId,
    }),
  );
  return retry((signal) => deadLetters.put(letters, { signal }), context);
}
