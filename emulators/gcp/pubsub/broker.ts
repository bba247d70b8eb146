import type { Clock, Random } from "../../../shared/clock";
import { RpcError } from "../../grpc";
import { type Backlog, createBacklog } from "./backlog";
import { deadLetterOf } from "./dead-letter";
import { type Draft, type Message, sizeOf } from "./message";
import { checkName, DELETED_TOPIC, notFound, projectOf } from "./names";
import type { Subscription, SubscriptionRequest, Topic } from "./resources";
import { createRetained, type Retained } from "./retained";
import { readSubscription } from "./settings";
import type { Timeline } from "./timeline";

export interface BrokerOptions {
  clock: Clock;
  timeline: Timeline;
  random: Random;
  /** What delivers by itself as long as these settings hold; undefined: nothing does, the subscription is pulled. */
  deliver: (subscription: LiveSubscription) => Delivery | undefined;
}

/** A consumer that the service itself runs: push, or export. */
export interface Delivery {
  close(): void;
  /** Writes what is there without waiting for more. */
  flush?(): Promise<void>;
}

export interface LiveTopic {
  settings: Topic;
  retained: Retained;
  published: number;
}

export interface LiveSubscription {
  settings: Subscription;
  readonly backlog: Backlog;
  readonly retained: Retained;
  delivery: Delivery | undefined;
  /** Aborts when the subscription is deleted. */
  readonly deleted: AbortSignal;
}

/** Topics, subscriptions, and the messages between them. Everything throws RpcError as the service answers it. */
export interface Broker {
  createTopic(settings: Topic): Topic;
  topic(name: string | undefined): LiveTopic;
  topics(project: string): Topic[];
  deleteTopic(name: string | undefined): void;
  publish(topic: string | undefined, drafts: readonly Draft[]): string[];
  createSubscription(request: SubscriptionRequest): Subscription;
  subscription(name: string | undefined): LiveSubscription;
  subscriptions(project?: string): LiveSubscription[];
  /** Replaces the settings of a subscription; its messages stay. */
  update(settings: SubscriptionRequest): Subscription;
  deleteSubscription(name: string | undefined): void;
  /** What was published from then on is unacknowledged, as far as it is retained; all before is acknowledged. */
  seek(name: string | undefined, time: number): void;
  close(): void;
}

/** Message ids of the service have this many digits. */
const FIRST_ID = 10_000_000_000_000;

interface Deletable extends LiveSubscription {
  deletion: AbortController;
}

export function createBroker({ clock, timeline, random, deliver }: BrokerOptions): Broker {
  const topics = new Map<string, LiveTopic>();
  const subscriptions = new Map<string, Deletable>();
  const firstId = FIRST_ID + Math.floor(random() * FIRST_ID);
  let sequence = 0;

  const topicOf = (name: string | undefined): LiveTopic => {
    const found = topics.get(checkName("topics", name));
    if (found === undefined) throw notFound(name as string);
    return found;
  };
  const subscriptionOf = (name: string | undefined): Deletable => {
    const found = subscriptions.get(checkName("subscriptions", name));
    if (found === undefined) throw notFound(name as string);
    return found;
  };
  const publish = (topic: LiveTopic, draft: Draft): string => {
    const id = String(firstId + sequence);
    const message: Message = { ...draft, id, sequence: sequence++, publishedAt: clock.now(), bytes: sizeOf(draft) };
    topic.published++;
    topic.retained.add(message);
    for (const subscription of subscriptions.values()) {
      if (subscription.settings.topic !== topic.settings.name) continue;
      subscription.retained.add(message);
      subscription.backlog.add(message);
    }
    return id;
  };
  const redeliver = (subscription: LiveSubscription) => {
    subscription.delivery?.close();
    subscription.delivery = deliver(subscription);
  };
  const checkTopics = ({ topic, deadLetterPolicy }: Subscription) => {
    if (topic !== DELETED_TOPIC) topicOf(topic);
    if (deadLetterPolicy !== undefined) topicOf(deadLetterPolicy.deadLetterTopic);
  };
  const end = (subscription: Deletable) => {
    subscription.delivery?.close();
    subscription.deletion.abort();
    subscription.backlog.close();
  };

  function open(settings: Subscription): Deletable {
    const deletion = new AbortController();
    const forward = (message: Message, attempts: number, error: string | undefined) => {
      const dead = topics.get(live.settings.deadLetterPolicy?.deadLetterTopic ?? "");
      if (dead !== undefined) publish(dead, deadLetterOf(message, live.settings.name, attempts, error));
      return dead !== undefined;
    };
    const live: Deletable = {
      settings,
      backlog: createBacklog({ clock, timeline, settings: () => live.settings, forward }),
      retained: createRetained(clock, () =>
        live.settings.retainAckedMessages ? live.settings.messageRetentionDuration : undefined,
      ),
      delivery: undefined,
      deletion,
      deleted: deletion.signal,
    };
    return live;
  }

  return {
    createTopic: (settings) => {
      checkName("topics", settings.name);
      if (topics.has(settings.name))
        throw new RpcError("ALREADY_EXISTS", `Resource already exists in the project (resource=${settings.name}).`);
      const retained = createRetained(clock, () => settings.messageRetentionDuration);
      topics.set(settings.name, { settings, retained, published: 0 });
      return settings;
    },
    topic: topicOf,
    topics: (project) => [...topics.values()].map(({ settings }) => settings).filter(inProject(project)),
    deleteTopic: (name) => {
      topicOf(name);
      topics.delete(name as string);
      for (const live of subscriptions.values())
        if (live.settings.topic === name) live.settings = { ...live.settings, topic: DELETED_TOPIC };
    },
    publish: (name, drafts) => {
      const topic = topicOf(name);
      return drafts.map((draft) => publish(topic, draft));
    },
    createSubscription: (request) => {
      const settings = readSubscription(request);
      if (subscriptions.has(settings.name))
        throw new RpcError("ALREADY_EXISTS", `Resource already exists in the project (resource=${settings.name}).`);
      checkTopics(settings);
      const live = open(settings);
      redeliver(live);
      subscriptions.set(settings.name, live);
      return settings;
    },
    subscription: subscriptionOf,
    subscriptions: (project) =>
      [...subscriptions.values()].filter(({ settings }) => project === undefined || inProject(project)(settings)),
    update: (request) => {
      const live = subscriptionOf(request.name);
      const settings = readSubscription(request);
      checkTopics(settings);
      live.settings = settings;
      redeliver(live);
      return settings;
    },
    deleteSubscription: (name) => {
      end(subscriptionOf(name));
      subscriptions.delete(name as string);
    },
    seek: (name, time) => {
      const { settings, retained, backlog } = subscriptionOf(name);
      const topic = topics.get(settings.topic);
      const messages = [...(topic?.retained.since(time) ?? []), ...retained.since(time), ...backlog.messages()];
      const wanted = new Map(
        messages.filter(({ publishedAt }) => publishedAt >= time).map((one) => [one.sequence, one]),
      );
      backlog.replace([...wanted.values()].sort((a, b) => a.sequence - b.sequence));
    },
    close: () => {
      for (const subscription of subscriptions.values()) end(subscription);
    },
  };
}

function inProject(project: string): (resource: { name: string }) => boolean {
  return ({ name }) => `projects/${projectOf(name)}` === project;
}
