import {
  EventHubConsumerClient,
  EventHubProducerClient,
  type ReceivedEventData,
  type SubscribeOptions,
} from "@azure/event-hubs";
import {
  type EventHubsEmulator,
  type EventHubsOptions,
  type HubOptions,
  openEventHubs,
} from "../../../../../emulators/azure/event-hubs";
import { opened } from "../../opened";

/** No attempt waits long, and none is repeated unless a test says so. */
const RETRY = { maxRetries: 0, timeoutInMs: 2_000 };

export interface Subscribed {
  events: ReceivedEventData[];
  errors: (Error & { code?: string })[];
}

export interface HubHarness {
  server: EventHubsEmulator;
  producer(retryOptions?: Record<string, unknown>): Promise<EventHubProducerClient>;
  consumer(group?: string): Promise<EventHubConsumerClient>;
  /** Receives from one partition until the test ends. */
  receive(partition: string, options: SubscribeOptions, group?: string): Promise<Subscribed>;
}

/** A namespace with the hub `events`, and the official clients for it. */
export async function hubHarness(hub: Partial<HubOptions> = {}, options: EventHubsOptions = {}): Promise<HubHarness> {
  const server = await opened(openEventHubs(options));
  const { name } = server.createHub({ name: "events", consumerGroups: ["workers"], ...hub });
  const consumer = (group = "$Default") =>
    opened(new EventHubConsumerClient(group, server.connectionString, name, { retryOptions: RETRY }));
  return {
    server,
    producer: (retryOptions = {}) =>
      opened(
        new EventHubProducerClient(server.connectionString, name, { retryOptions: { ...RETRY, ...retryOptions } }),
      ),
    consumer,
    receive: async (partition, subscribeOptions, group) => {
      const subscribed: Subscribed = { events: [], errors: [] };
      const subscription = (await consumer(group)).subscribe(
        partition,
        {
          processEvents: async (events) => void subscribed.events.push(...events),
          processError: async (error) => void subscribed.errors.push(error),
        },
        { maxWaitTimeInSeconds: 1, ...subscribeOptions },
      );
      await opened({ close: () => subscription.close() });
      return subscribed;
    },
  };
}

/** Of the errors that the client has put together, or of the one there is. */
export async function codesOf(promise: Promise<unknown>): Promise<unknown[]> {
  try {
    await promise;
  } catch (thrown) {
    const { errors, code } = thrown as { errors?: { code?: string }[]; code?: string };
    return errors?.map((error) => error.code) ?? [code];
  }
  throw new Error("it did not reject");
}
