import { randomUUID } from "node:crypto";
import type { Action, Clock, DeadLetter, Infer, Pipeline, StoredPrediction } from "sluice";
import { gcpClient } from "../../../adapters/gcp/client";
import { gcpDeadLetters } from "../../../adapters/gcp/deadletter";
import { gcpIngest } from "../../../adapters/gcp/ingest";
import { gcpStore } from "../../../adapters/gcp/store";
import { systemClock } from "../../../adapters/system";
import type { SubscriptionJson, SubscriptionState } from "../../../emulators/gcp/pubsub";
import { createHandler } from "../../../functions/gcp/compose";
import { startServer } from "../../../functions/gcp/server";
import type { Settings } from "../../../functions/gcp/settings";
import { type GcpServices, PROJECT } from "../../support/gcp/services";
import { memoryInfer } from "../../support/memory";
import { all, quietPipeline } from "../../support/records";

export interface PushedOptions {
  /** Default: the test pipeline without actions. */
  pipeline?: Pipeline;
  /** Default: a model in memory. */
  infer?: Infer;
  clock?: Clock;
  /** Of the function alone; default: the same. */
  functionClock?: Clock;
  /** Differences from a subscription that hardly waits between deliveries, and hardly ever gives up. */
  subscription?: Partial<SubscriptionJson>;
  functionSettings?: Partial<Settings>;
}

export interface PushAnswer {
  status: number;
  /** Milliseconds of the clock. */
  receivedAt: number;
  answeredAt: number;
}

/** A function that an emulated subscription pushes to, from the producer to the stores. */
export interface Pushed {
  readonly names: Names;
  readonly ingest: ReturnType<typeof gcpIngest>;
  readonly deadLetters: ReturnType<typeof gcpDeadLetters>;
  /** Of the function, in the order in which it gave them. */
  readonly answers: readonly PushAnswer[];
  /** A call of the producer: one message, as long as there are at most 50 and 64 KiB of them. */
  publish(bodies: readonly (string | Uint8Array)[]): Promise<void>;
  /** The subscription that is pushed. */
  state(): SubscriptionState;
  /** Resolves when every message is acknowledged or given up. */
  drained(): Promise<void>;
  stored(): Promise<StoredPrediction[]>;
  letters(): Promise<DeadLetter[]>;
  /** Actions as they arrived, with repeats. */
  actions(): Action[];
  close(): Promise<void>;
}

export type Names = ReturnType<typeof namesFor>;

const HOST = "127.0.0.1";

/** Topics, subscriptions and a collection that nobody else uses, with a function in this process. */
export async function openPushed(services: GcpServices, options: PushedOptions = {}): Promise<Pushed> {
  const { pipeline = quietPipeline, infer = memoryInfer(), clock = systemClock } = options;
  const { functionClock = clock } = options;
  const names = namesFor(randomUUID());
  const handler = await createHandler({
    ...{ pipeline, infer, clock: functionClock, maxInFlight: 1 },
    settings: { ...settingsFor(names), ...options.functionSettings },
    clients: { firestore: gcpClient(services.client("firestore")), pubsub: gcpClient(services.client("pubsub")) },
    telemetry: () => {},
    writeLog: () => {},
  });
  const answers: PushAnswer[] = [];
  const handle: typeof handler.handle = async (request, response) => {
    const receivedAt = clock.now();
    await handler.handle(request, response);
    answers.push({ status: response.statusCode, receivedAt, answeredAt: clock.now() });
  };
  const server = await startServer({ ...handler, handle }, { host: HOST, port: 0 });
  const opened = subscribe(services, names, `http://${HOST}:${server.port}/`, options);
  return {
    ...opened,
    answers,
    close: async () => {
      await opened.close();
      await server.close();
    },
  };
}

/** The same for a function that runs elsewhere. */
export function subscribe(
  services: GcpServices,
  names: Names,
  pushEndpoint: string,
  { clock, subscription = {} }: Pick<PushedOptions, "clock" | "subscription">,
): Omit<Pushed, "answers"> {
  const { pubsub, firestore } = services.services;
  services.provision({
    topics: [names.topic, names.dead, names.actions],
    subscriptions: [
      { name: names.hold, topic: names.dead },
      { name: names.alerts, topic: names.actions },
      {
        ...{ name: names.push, topic: names.topic, ackDeadlineSeconds: 600 },
        retryPolicy: { minimumBackoff: "0.01s", maximumBackoff: "0.1s" },
        ...subscription,
        deadLetterPolicy: { maxDeliveryAttempts: 100, ...subscription.deadLetterPolicy, deadLetterTopic: names.dead },
        pushConfig: { ...subscription.pushConfig, pushEndpoint },
      },
    ],
  });
  // Past the proxies: what a test looks at is there, whatever it does to the function.
  const direct = { endpoint: `http://${pubsub.endpoint}` };
  const ingest = gcpIngest({ ...direct, topic: names.topic, clock });
  const deadLetters = gcpDeadLetters({ ...direct, topic: names.dead, subscription: names.hold });
  const store = gcpStore({ endpoint: `http://${firestore.endpoint}`, collection: names.collection });

  return {
    names,
    ingest,
    deadLetters,
    publish: async (bodies) => {
      const { failures } = await ingest.publish({ keys: bodies.map(() => "key"), bodies });
      if (failures[0]) throw failures[0].error;
    },
    state: () => pubsub.subscription(names.push),
    drained: () => pubsub.drained(names.push),
    stored: () => all(store.query({ limit: 100_000 })),
    letters: () => all(deadLetters.list({ limit: 100_000 })),
    actions: () => pubsub.subscription(names.alerts).messages.map(({ data }) => JSON.parse(data.toString())),
    close: async () => {
      pubsub.deleteSubscription(names.push);
      await Promise.all([ingest.close(), deadLetters.close(), store.close()]);
    },
  };
}

export function namesFor(id: string) {
  const of = (kind: string, name: string) => `projects/${PROJECT}/${kind}/${name}-${id}`;
  return {
    topic: of("topics", "ingest"),
    push: of("subscriptions", "push"),
    dead: of("topics", "dead"),
    hold: of("subscriptions", "hold"),
    actions: of("topics", "actions"),
    alerts: of("subscriptions", "alerts"),
    collection: `projects/${PROJECT}/databases/(default)/documents/c-${id}`,
  };
}

function settingsFor({ collection, dead, actions }: Names): Settings {
  return {
    ...{ collection, deadTopic: dead, actionsTopic: actions, resultsTopic: undefined },
    ...{ endpoint: undefined, ttlDays: undefined, timeoutMs: 60_000, push: undefined },
  };
}
