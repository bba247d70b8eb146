import type { Clock } from "../../../shared/clock";
import { deadLetter } from "../../../shared/deadletter";
import type { BatchOutcome, Delivery } from "../../../shared/delivery";
import { unpack } from "../../../shared/engine/unpack";
import { SluiceError } from "../../../shared/errors";
import type { Pipeline } from "../../../shared/pipeline";
import type { DeadLetterStore } from "../../../shared/ports";
import { silent, type Telemetry } from "../../../shared/telemetry";
import { MAX_CRASHES } from "./marker";

export interface BuryOptions {
  pipeline: Pipeline;
  deadLetters: DeadLetterStore;
  telemetry?: Telemetry | undefined;
  clock: Clock;
}

/** Keeps a message as dead letters, one per event, without a look into any: what is in it ends processes. */
export function buryWith({ pipeline, deadLetters, telemetry = silent, clock }: BuryOptions) {
  return async (delivery: Delivery): Promise<BatchOutcome> => {
    const startedAt = clock.monotonic();
    const { events } = unpack(delivery);
    const { source, partition, attempt, messages, signal } = delivery;
    const why = `${MAX_CRASHES} processes ended while the message was processed alone.`;
    const letters = events.map((body, index) =>
      deadLetter(body, new SluiceError("internal", "engine", why), {
        position: { source, partition, offset: messages[0]!.offset, index },
        attempts: attempt,
        pipeline: pipeline.name,
        pipelineVersion: pipeline.version,
        modelVersion: "",
        failedAt: clock.now(),
      }),
    );
    await deadLetters.put(letters, { signal });
    const deadLettered = letters.length;
    const counts = { received: deadLettered, stored: 0, duplicates: 0, deadLettered, retried: 0 };
    const reasons = { internal: deadLettered };
    const totalMs = clock.monotonic() - startedAt;
    telemetry({
      type: "batch",
      pipeline: pipeline.name,
      partition,
      ...counts,
      reasons,
      stages: { decode: 0, infer: 0, store: 0, actions: 0, deadletter: totalMs },
      totalMs,
      endToEndMs: undefined,
      modelVersion: "",
    });
    return { messages: ["done"], firstRetry: -1, ...counts, reasons, retryCode: undefined, retryAfterMs: undefined };
  };
}
