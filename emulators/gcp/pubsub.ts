import type { Clock, Random } from "../../shared/clock";
import { systemClock, systemRandom } from "../clock";
import { listenGrpc } from "../grpc";
import type { ListenOptions } from "../listen";
import { type Broker, createBroker } from "./pubsub/broker";
import { fromJson } from "./pubsub/codec";
import { deliveries } from "./pubsub/deliveries";
import { inspectSubscription, inspectTopic, type SubscriptionState, type TopicState } from "./pubsub/inspect";
import { type DraftRequest, readDrafts } from "./pubsub/limits";
import { createTokenIssuer } from "./pubsub/oidc";
import { createPoster } from "./pubsub/post";
import { publisherMethods } from "./pubsub/publisher";
import type { SubscriptionJson, TopicJson } from "./pubsub/resources";
import { KEYS_PATH, rest } from "./pubsub/rest";
import { services } from "./pubsub/services";
import { type PubSubStats, statsOf } from "./pubsub/stats";
import { subscriberMethods } from "./pubsub/subscriber";
import { createTimeline } from "./pubsub/timeline";

export type { SubscriptionState, TopicState } from "./pubsub/inspect";
export type { SubscriptionJson, TopicJson } from "./pubsub/resources";
export type { PubSubStats } from "./pubsub/stats";

export interface PubSubOptions extends ListenOptions {
  /** For publish times, deadlines, backoff and everything else. Default: the machine's. */
  clock?: Clock | undefined;
  /** For message ids and names of objects. Default: the machine's. */
  random?: Random | undefined;
  /** URL of the Cloud Storage that subscriptions with cloudStorageConfig write to. */
  storage?: string | undefined;
  /** URL of the BigQuery that subscriptions with bigqueryConfig write to, as far as `/projects`. */
  bigquery?: string | undefined;
  /**
   * Most push requests of a subscription at a time. Default 100: a server on the same machine answers no faster with more,
   * and a thousand connections at once are more than a listening socket holds until they are accepted.
   */
  maxPushWindow?: number | undefined;
  /** And at first. Default 4. */
  startPushWindow?: number | undefined;
  /** How long a pull waits for a first message. Default 10,000. */
  pullWaitMs?: number | undefined;
}

/**
 * Pub/Sub in memory, for the official client (PUBSUB_EMULATOR_HOST) and by REST: publishing with the service's limits,
 * pull, streaming pull, push with tokens, export to Cloud Storage and BigQuery, ordering keys, retry and dead-letter
 * policies, retention and seek by time. Refuses what it does not do: filters, exactly-once delivery, schemas, message
 * transforms, unwrapped push, snapshots.
 */
export interface PubSubEmulator {
  readonly port: number;
  /** `host:port`. */
  readonly endpoint: string;
  /** Where the public keys of the push tokens are. */
  readonly jwksUrl: string;
  /** These three take what the REST API takes, with full names; they throw RpcError. */
  createTopic(topic: string | TopicJson): void;
  createSubscription(subscription: SubscriptionJson): void;
  /** Returns the message ids. Data may be text. */
  publish(topic: string, messages: readonly (Omit<DraftRequest, "data"> & { data?: string | Uint8Array })[]): string[];
  deleteSubscription(name: string): void;
  readonly stats: PubSubStats;
  /** A topic or a subscription by its full name. */
  topic(name: string): TopicState;
  subscription(name: string): SubscriptionState;
  /** Resolves when every message of the subscription is acknowledged, dead-lettered or discarded. */
  drained(subscription: string): Promise<void>;
  /** `drained` for all that the emulator delivers by itself: push and export. */
  idle(): Promise<void>;
  /** Makes exports write now what they have; resolves when that is written or refused. */
  flush(): Promise<void>;
  /** Whether a push request is on its way: no time should pass on a manual clock meanwhile. */
  busy(): boolean;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

export async function openPubSub(options: PubSubOptions = {}): Promise<PubSubEmulator> {
  const { clock = systemClock, random = systemRandom, maxPushWindow = 100, startPushWindow = 4 } = options;
  const { pullWaitMs = 10_000 } = options;
  const { storage, bigquery } = options;
  const closed = new AbortController();
  const timeline = createTimeline(clock);
  const tokens = createTokenIssuer(clock);
  const poster = createPoster();
  const { token } = tokens;
  const deliver = deliveries({
    clock,
    timeline,
    random,
    post: poster.post,
    token,
    maxPushWindow,
    startPushWindow,
    storage,
    bigquery,
  });
  const broker: Broker = createBroker({ clock, timeline, random, deliver });
  const publisher = publisherMethods(broker);
  const subscriber = subscriberMethods({ broker, timeline, pullWaitMs, closed: closed.signal });
  const listener = await listenGrpc({
    ...options,
    services: services({ publisher, subscriber, broker }),
    handle: rest({ ...publisher, ...subscriber }, tokens),
  });
  const delivered = () => broker.subscriptions().filter(({ delivery }) => delivery !== undefined);

  return {
    port: listener.port,
    endpoint: listener.endpoint,
    jwksUrl: `http://${listener.endpoint}${KEYS_PATH}`,
    createTopic: (topic) => {
      broker.createTopic(fromJson(typeof topic === "string" ? { name: topic } : topic));
    },
    createSubscription: (subscription) => {
      broker.createSubscription(fromJson(subscription));
    },
    publish: (topic, messages) =>
      broker.publish(topic, readDrafts(messages.map((one) => ({ ...one, data: Buffer.from(one.data ?? "") })))),
    deleteSubscription: (name) => broker.deleteSubscription(name),
    get stats() {
      return statsOf(broker);
    },
    topic: (name) => inspectTopic(broker.topic(name), broker),
    subscription: (name) => inspectSubscription(broker.subscription(name)),
    drained: (name) => broker.subscription(name).backlog.drained(),
    idle: async () => {
      await Promise.all(delivered().map(({ backlog }) => backlog.drained()));
    },
    flush: async () => {
      await Promise.all(delivered().map(({ delivery }) => delivery?.flush?.()));
    },
    busy: () => poster.pending > 0,
    close: async () => {
      closed.abort();
      broker.close();
      timeline.close();
      poster.close();
      await listener.close();
    },
  };
}
