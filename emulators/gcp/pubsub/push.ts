import type { Backlog } from "./backlog";
import type { Delivery } from "./broker";
import { toJson } from "./codec";
import type { Lease } from "./leases";
import type { Message } from "./message";
import type { Post } from "./post";
import { createPushWindow } from "./push-window";
import { messageOf, type PubsubMessage } from "./received";
import type { PushConfig, Subscription } from "./resources";
import type { Timeline } from "./timeline";

export interface PushOptions {
  settings: () => Subscription;
  config: PushConfig & { pushEndpoint: string };
  backlog: Backlog;
  timeline: Timeline;
  post: Post;
  /** A token for the account and the audience. */
  token: (email: string, audience: string) => Promise<string>;
  /** Most requests at a time. */
  maxWindow: number;
  /** And at first. */
  startWindow: number;
}

/** https://cloud.google.com/pubsub/docs/push#receive_push: everything else, redirects too, is a refusal. */
const ACKNOWLEDGES = new Set([102, 200, 201, 202, 204]);

/**
 * Posts each message to an endpoint, many at a time. The acknowledgment deadline is the time for the answer: when it is
 * over the connection is dropped and the message comes again, whatever the endpoint goes on doing.
 */
export function openPush({
  settings,
  config,
  backlog,
  timeline,
  post,
  token,
  maxWindow,
  startWindow,
}: PushOptions): Delivery {
  const { pushEndpoint, oidcToken } = config;
  const window = createPushWindow(maxWindow, startWindow);
  const out = new Map<string, AbortController>();
  let isPaused = false;
  let isClosed = false;

  const onEnd = ({ id }: Lease) => {
    out.get(id)?.abort();
    out.delete(id);
  };
  const pump = () => {
    if (isPaused || isClosed || window.size <= out.size) return;
    const leaseMs = settings().ackDeadlineSeconds * 1000;
    for (const lease of backlog.take({ messages: window.size - out.size, leaseMs, onEnd })) {
      const gone = new AbortController();
      out.set(lease.id, gone);
      void push(lease, gone.signal);
    }
  };
  const push = async (lease: Lease, signal: AbortSignal) => {
    const isAcked = ACKNOWLEDGES.has(await send(lease, signal));
    // The answer is here: there is no request left to abort.
    out.delete(lease.id);
    if (isAcked) backlog.ack(lease.id);
    else backlog.nack(lease.id);
    if (isClosed) return;
    if (isAcked) window.succeeded();
    else rest(window.failed());
    pump();
  };
  const rest = (ms: number) => {
    if (ms === 0 || isPaused) return;
    isPaused = true;
    timeline.after(ms, () => {
      isPaused = false;
      pump();
    });
  };
  const send = async (lease: Lease, signal: AbortSignal): Promise<number> => {
    const { name, deadLetterPolicy } = settings();
    const attempt = deadLetterPolicy === undefined ? undefined : lease.attempt;
    const authorization =
      oidcToken && `Bearer ${await token(oidcToken.serviceAccountEmail, oidcToken.audience || pushEndpoint)}`;
    return post(pushEndpoint, wrap(lease.message, name, attempt), authorization, signal);
  };

  const leave = backlog.consume(pump);
  return {
    close: () => {
      isClosed = true;
      leave();
      // What is out now is answered as long as the subscription is there.
    },
  };
}

/** The body of a push: https://cloud.google.com/pubsub/docs/push#receive_push. Some fields come in both spellings. */
function wrap(message: Message, subscription: string, deliveryAttempt: number | undefined): string {
  const json = toJson<Omit<PubsubMessage, "publishTime"> & { publishTime: string }>(messageOf(message));
  const { messageId: message_id, publishTime: publish_time } = json;
  return JSON.stringify({ message: { ...json, message_id, publish_time }, subscription, deliveryAttempt });
}
