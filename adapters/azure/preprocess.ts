import type { InvocationContext } from "@azure/functions";
import type { Clock } from "../../shared/clock";
import type { BatchOutcome, Delivery } from "../../shared/delivery";
import { SluiceError } from "../../shared/errors";
import type { Preprocess } from "../../shared/ports";
import { fieldsOf, numberOf, textOf } from "../look";
import { systemClock } from "../system";
import { createDone, placeOf } from "./preprocess/done";
import { messageOf } from "./preprocess/message";

/** What the Functions host calls a function with, by a trigger of Event Hubs of cardinality `many`. */
export interface EventHubsTrigger {
  /** The bodies of the messages, all of one partition, in order. */
  messages: unknown;
  context: Pick<InvocationContext, "triggerMetadata" | "retryContext">;
  /** Aborts when the host shuts down. */
  signal?: AbortSignal | undefined;
}

export interface AzurePreprocessOptions {
  /** How often a batch may come again; then what is left of it becomes dead letters. */
  retries: number;
  /** Time for a batch, milliseconds: less than the host's timeout, after which it ends the process. */
  deadlineMs: number;
  clock?: Clock | undefined;
}

const ADAPTER = "azure/preprocess";

/**
 * Turns an invocation by a trigger of Event Hubs into a delivery: messages of one partition, in order. The host answers to
 * one thing only, a throw: then it brings the same batch again, by its retry policy, and the partition waits. What of the batch
 * is done by then is known here, and left out of the next delivery. A host whose policy ends lets the batch go, so the
 * policy should be endless, and the last attempt is the one that `retries` makes it.
 *
 * Nothing in a message makes `receive` throw. `answer` throws SluiceError where something must come again.
 */
export function azurePreprocess(options: AzurePreprocessOptions): Preprocess<EventHubsTrigger, void> {
  const { retries, deadlineMs, clock = systemClock } = options;
  const done = createDone();

  return {
    capabilities: { checkpoint: "always-advances", ordering: "per-key", countsDeliveries: true },
    receive: ({ messages: bodies, context, signal }) => {
      const metadata = fieldsOf(fieldsOf(context)("triggerMetadata"));
      const partitionContext = fieldsOf(metadata("partitionContext"));
      const source = textOf(partitionContext("eventHubName"));
      const partition = nameOf(partitionContext("partitionId"));
      const all = listOf(bodies).map((body, index) => messageOf(body, index, metadata));
      const { retried, most } = attemptsOf(context);
      const delivery: Delivery = {
        source,
        partition,
        // A first attempt is another batch, or this one after another process had it: nothing is known of it.
        messages: retried === 0 ? all : all.slice(done.of(placeOf({ source, partition }), all)),
        ordered: true,
        attempt: retried + 1,
        lastAttempt: retried >= Math.min(retries, most),
        deadline: clock.now() + deadlineMs,
        signal,
      };
      return delivery;
    },
    answer: (delivery, outcome) => {
      if (outcome.firstRetry === -1) return done.all(delivery);
      done.before(delivery, outcome.firstRetry);
      throw handedBack(delivery, outcome);
    },
  };
}

/** How often the batch has come again, and how often it may. The host says so from the second attempt on. */
function attemptsOf(context: EventHubsTrigger["context"]): { retried: number; most: number } {
  const retry = fieldsOf(fieldsOf(context)("retryContext"));
  const [retried = 0, most = -1] = [numberOf(retry("retryCount")), numberOf(retry("maxRetryCount"))];
  // -1 is for ever.
  return { retried: Math.max(0, retried), most: most < 0 ? Number.POSITIVE_INFINITY : most };
}

function listOf(bodies: unknown): readonly unknown[] {
  if (Array.isArray(bodies)) return bodies;
  return bodies === undefined || bodies === null ? [] : [bodies];
}

/** The host makes a number of what looks like one. */
function nameOf(value: unknown): string {
  return typeof value === "number" ? String(value) : textOf(value);
}

function handedBack({ partition, messages, attempt }: Delivery, outcome: BatchOutcome): SluiceError {
  const { firstRetry, retryCode = "internal", retryAfterMs } = outcome;
  const left = messages.length - firstRetry;
  const message = `Attempt ${attempt} in partition ${partition}: ${left} of ${messages.length} messages must come again, because of \`${retryCode}\`.`;
  return new SluiceError(retryCode, "engine", message, {
    adapter: ADAPTER,
    coordinates: { partition, offset: messages[firstRetry]?.offset ?? "" },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
