import type { BacklogCounts } from "./backlog";
import type { Broker, LiveSubscription, LiveTopic } from "./broker";
import { toJson } from "./codec";
import type { Message } from "./message";
import type { SubscriptionJson, TopicJson } from "./resources";

export interface TopicState {
  settings: TopicJson;
  /** Messages that it took. */
  published: number;
  subscriptions: readonly string[];
}

export interface SubscriptionState extends Readonly<BacklogCounts> {
  settings: SubscriptionJson;
  /** Neither acknowledged nor dead-lettered nor discarded. */
  unacked: number;
  /** Of these, in somebody's hands. */
  leased: number;
  /** The unsettled messages, in the order in which they were published. */
  messages: readonly Message[];
}

export function inspectTopic({ settings, published }: LiveTopic, broker: Broker): TopicState {
  const subscribed = broker.subscriptions().filter((one) => one.settings.topic === settings.name);
  return { settings: toJson(settings), published, subscriptions: subscribed.map((one) => one.settings.name) };
}

export function inspectSubscription({ settings, backlog }: LiveSubscription): SubscriptionState {
  const messages = backlog.messages();
  return { settings: toJson(settings), unacked: messages.length, leased: backlog.leased, messages, ...backlog.counts };
}
