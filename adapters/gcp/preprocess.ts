import type { Clock } from "../../shared/clock";
import type { Delivery } from "../../shared/delivery";
import { type ErrorCode, SluiceError } from "../../shared/errors";
import { asBuffer, decodeBase64Text } from "../../shared/guards";
import type { Preprocess } from "../../shared/ports";
import { fieldsOf } from "../look";
import { systemClock } from "../system";

/** A request of a push subscription: https://cloud.google.com/pubsub/docs/push#receive_push */
export interface PushTrigger {
  /** The body as it came, or parsed: `{"message": {"data", "messageId", ...}, "subscription", "deliveryAttempt"}`. */
  body: unknown;
  /** Aborts when the host shuts down. */
  signal?: AbortSignal | undefined;
}

/** What the request is answered with. Pub/Sub takes 204 for done, and delivers again after anything else. */
export interface PushAnswer {
  status: 204 | 429 | 503;
  headers: { "Retry-After"?: string };
}

export interface GcpPreprocessOptions {
  /** Time for a push, milliseconds: less than the subscription's ack deadline, after which Pub/Sub delivers it again while we still work. */
  deadlineMs: number;
  clock?: Clock | undefined;
}

/** Codes that say that there was too much of it, rather than that something is down. */
const TOO_MUCH: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>(["throttled", "circuit-open"]);

/**
 * Turns a push into a delivery of one message, and the outcome into its answer. A message is acknowledged as a whole: of its
 * events, those that can never succeed have their dead letters by then, and what is stored is not stored twice.
 *
 * How often a message came is known where its subscription has a dead-letter policy; elsewhere each delivery is the first.
 * None is the last: Pub/Sub itself keeps, in the dead topic, what it gives up.
 *
 * @throws SluiceError `envelope`, from `receive`, for what is no push. A message that nobody can read goes on, for the engine
 * to dead-letter.
 */
export function gcpPreprocess(options: GcpPreprocessOptions): Preprocess<PushTrigger, PushAnswer> {
  const { deadlineMs, clock = systemClock } = options;

  return {
    capabilities: { checkpoint: "per-message", ordering: "none", countsDeliveries: true },
    receive: ({ body, signal }) => {
      const push = fieldsOf(parsed(body));
      const field = fieldsOf(push("message"));
      const [data, messageId, subscription] = [field("data") ?? "", field("messageId"), push("subscription")];
      if (typeof messageId !== "string" || messageId === "") throw noPush("there is no message with a `messageId`");
      if (typeof data !== "string") throw noPush("the message's `data` is no text");
      if (typeof subscription !== "string") throw noPush("there is no `subscription`");
      const name = subscription.slice(subscription.lastIndexOf("/") + 1);
      const delivery: Delivery = {
        source: name,
        partition: name,
        messages: [
          { body: decodeBase64Text(data) ?? data, offset: messageId, arrivedAt: timeOf(field("publishTime")) },
        ],
        ordered: false,
        attempt: attemptOf(push("deliveryAttempt")),
        lastAttempt: false,
        deadline: clock.now() + deadlineMs,
        signal,
      };
      return delivery;
    },
    answer: (_, { firstRetry, retryCode, retryAfterMs }) => ({
      status: firstRetry === -1 ? 204 : TOO_MUCH.has(retryCode) ? 429 : 503,
      headers:
        firstRetry === -1 || retryAfterMs === undefined
          ? {}
          : { "Retry-After": String(Math.ceil(Math.max(0, retryAfterMs) / 1_000)) },
    }),
  };
}

function parsed(body: unknown): unknown {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return body;
  try {
    return JSON.parse(typeof body === "string" ? body : asBuffer(body).toString());
  } catch {
    throw noPush("its body is no JSON");
  }
}

function timeOf(publishTime: unknown): number | undefined {
  const ms = typeof publishTime === "string" ? Date.parse(publishTime) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function attemptOf(deliveryAttempt: unknown): number {
  return Number.isSafeInteger(deliveryAttempt) ? Math.max(1, deliveryAttempt as number) : 1;
}

function noPush(why: string): SluiceError {
  return new SluiceError("envelope", "preprocess", `This is no push of Pub/Sub: ${why}.`, {
    adapter: "gcp/preprocess",
  });
}
