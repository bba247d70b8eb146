import { type Method, RpcError } from "../../grpc";
import type { Broker } from "./broker";
import { checkAckIds, checkDeadline, extend } from "./deadlines";
import { type PageRequest, page } from "./page";
import { pull } from "./pull";
import { type ReceivedMessage, received } from "./received";
import type { PushConfig, Subscription, SubscriptionRequest } from "./resources";
import type { Timeline } from "./timeline";
import { masked } from "./update-mask";

export interface SubscriberMethods {
  createSubscription: Method<SubscriptionRequest, Subscription>;
  getSubscription: Method<Named, Subscription>;
  updateSubscription: Method<{ subscription?: SubscriptionRequest; updateMask?: { paths?: string[] } }, Subscription>;
  listSubscriptions: Method<PageRequest & { project?: string }, { subscriptions: Subscription[] }>;
  deleteSubscription: Method<Named, object>;
  modifyPushConfig: Method<Named & { pushConfig?: PushConfig }, object>;
  pull: Method<Named & { maxMessages?: number; returnImmediately?: boolean }, { receivedMessages: ReceivedMessage[] }>;
  acknowledge: Method<Named & { ackIds?: string[] }, object>;
  modifyAckDeadline: Method<Named & { ackIds?: string[]; ackDeadlineSeconds?: number }, object>;
  seek: Method<Named & { time?: number; snapshot?: string }, object>;
}

interface Named {
  subscription?: string;
}

export interface SubscriberOptions {
  broker: Broker;
  timeline: Timeline;
  /** How long a pull waits for a first message. */
  pullWaitMs: number;
  closed: AbortSignal;
}

/** The methods of google.pubsub.v1.Subscriber, but for the streaming pull. */
export function subscriberMethods({ broker, timeline, pullWaitMs, closed }: SubscriberOptions): SubscriberMethods {
  return {
    createSubscription: (request) => broker.createSubscription(request),
    getSubscription: ({ subscription }) => broker.subscription(subscription).settings,
    updateSubscription: ({ subscription, updateMask }) => {
      const { settings } = broker.subscription(subscription?.name);
      return broker.update(masked(settings, subscription as SubscriptionRequest, updateMask?.paths));
    },
    listSubscriptions: (request) => {
      const { items, nextPageToken } = page(broker.subscriptions(request.project ?? ""), request);
      return { subscriptions: items.map(({ settings }) => settings), nextPageToken };
    },
    deleteSubscription: ({ subscription }) => {
      broker.deleteSubscription(subscription);
      return {};
    },
    modifyPushConfig: ({ subscription, pushConfig }) => {
      const { settings } = broker.subscription(subscription);
      broker.update({ ...settings, pushConfig });
      return {};
    },
    pull: async ({ subscription, maxMessages = 0, returnImmediately }, signal) => {
      const { settings, backlog, deleted } = broker.subscription(subscription);
      if (maxMessages <= 0) throw new RpcError("INVALID_ARGUMENT", "max_messages must be greater than 0.");
      const leaseMs = settings.ackDeadlineSeconds * 1000;
      const waitMs = returnImmediately ? 0 : pullWaitMs;
      const leases = await pull({
        backlog,
        timeline,
        maxMessages,
        leaseMs,
        waitMs,
        signals: [signal, deleted, closed],
      });
      return { receivedMessages: leases.map((lease) => received(lease, settings)) };
    },
    acknowledge: ({ subscription, ackIds }) => {
      const { backlog } = broker.subscription(subscription);
      for (const id of checkAckIds(ackIds)) backlog.ack(id);
      return {};
    },
    modifyAckDeadline: ({ subscription, ackIds, ackDeadlineSeconds = 0 }) => {
      const { backlog } = broker.subscription(subscription);
      checkDeadline(ackDeadlineSeconds, 0);
      for (const id of checkAckIds(ackIds)) extend(backlog, id, ackDeadlineSeconds);
      return {};
    },
    seek: ({ subscription, time, snapshot }) => {
      if (snapshot) throw new RpcError("UNIMPLEMENTED", "The emulator does not support snapshots.");
      if (time === undefined) throw new RpcError("INVALID_ARGUMENT", "A seek needs a time.");
      broker.seek(subscription, time);
      return {};
    },
  };
}
