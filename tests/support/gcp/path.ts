import { randomUUID } from "node:crypto";
import type { Action, Clock, DeadLetter, Infer, Pipeline, Random, StoredPrediction } from "sluice";
import { gcpClient } from "../../../adapters/gcp/client";
import { gcpDeadLetters } from "../../../adapters/gcp/deadletter";
import { gcpIngest } from "../../../adapters/gcp/ingest";
import { gcpStore } from "../../../adapters/gcp/store";
import { systemClock } from "../../../adapters/system";
import { type HttpFaults, openHttpFaults } from "../../../emulators/http-faults";
import { createHandler } from "../../../functions/gcp/compose";
import { startServer } from "../../../functions/gcp/server";
import { readSettings } from "../../../functions/gcp/settings";
import { memoryInfer } from "../memory";
import { all, testPipeline } from "../records";
import { type GcpServices, PROJECT } from "./services";

export interface PathOptions {
  pipeline?: Pipeline;
  infer?: Infer;
  clock?: Clock;
  random?: Random;
  /** Events in a message. Default 50. */
  maxEvents?: number;
  /** After so many, Pub/Sub gives a message up. Default 100, the most. */
  maxDeliveryAttempts?: number;
}

/** A deployed pipeline on emulated services: producer, topic, push, handler, stores. */
export interface GcpPath {
  readonly names: { topic: string; push: string; hold: string; collection: string };
  readonly ingest: ReturnType<typeof gcpIngest>;
  readonly deadLetters: ReturnType<typeof gcpDeadLetters>;
  /** Between Pub/Sub and the function. */
  readonly faults: HttpFaults;
  /** Resolves when every message is acknowledged or given up. */
  drained(): Promise<void>;
  stored(): Promise<StoredPrediction[]>;
  letters(): Promise<DeadLetter[]>;
  /** Actions as they arrived, with repeats. */
  actions(): Action[];
  close(): Promise<void>;
}

const LOCALHOST = "127.0.0.1";

export async function openPath(services: GcpServices, options: PathOptions = {}): Promise<GcpPath> {
  const { pipeline = testPipeline, infer = memoryInfer(), clock = systemClock, random = Math.random } = options;
  const { maxEvents, maxDeliveryAttempts = 100 } = options;
  const id = randomUUID();
  const topic = (name: string) => `projects/${PROJECT}/topics/${name}-${id}`;
  const subscription = (name: string) => `projects/${PROJECT}/subscriptions/${name}-${id}`;
  const names = {
    topic: topic("ingest"),
    push: subscription("push"),
    hold: subscription("hold"),
    collection: `projects/${PROJECT}/databases/(default)/documents/c-${id}`,
  };
  const [dead, actions, alerts] = [topic("dead"), topic("actions"), subscription("alerts")];
  const settings = readSettings(
    { SLUICE_COLLECTION: names.collection, SLUICE_DEAD_TOPIC: dead, SLUICE_ACTIONS_TOPIC: actions },
    "in-process",
  );
  const clients = {
    firestore: gcpClient({ ...services.client("firestore"), clock }),
    pubsub: gcpClient({ ...services.client("pubsub"), clock }),
  };
  const handler = await createHandler({
    ...{ pipeline, settings, infer, clients, clock, random, maxInFlight: 1 },
    telemetry: () => {},
    writeLog: () => {},
  });
  const server = await startServer(handler, { host: LOCALHOST, port: 0 });
  const faults = await openHttpFaults({ target: `http://${LOCALHOST}:${server.port}` });
  const { pubsub, firestore } = services.services;
  services.provision({
    topics: [names.topic, dead, actions],
    subscriptions: [
      {
        name: names.push,
        topic: names.topic,
        ackDeadlineSeconds: 60,
        pushConfig: { pushEndpoint: faults.endpoint },
        deadLetterPolicy: { deadLetterTopic: dead, maxDeliveryAttempts },
      },
      { name: names.hold, topic: dead },
      { name: alerts, topic: actions },
    ],
  });
  const direct = { endpoint: `http://${pubsub.endpoint}` };
  const deadLetters = gcpDeadLetters({ ...direct, topic: dead, subscription: names.hold });
  const store = gcpStore({ endpoint: `http://${firestore.endpoint}`, collection: names.collection });
  const ingest = gcpIngest({ ...direct, topic: names.topic, maxEvents });

  return {
    names,
    ingest,
    deadLetters,
    faults,
    drained: () => pubsub.drained(names.push),
    stored: () => all(store.query({ limit: 100_000 })),
    letters: () => all(deadLetters.list({ limit: 100_000 })),
    actions: () => pubsub.subscription(alerts).messages.map(({ data }) => JSON.parse(data.toString())),
    close: async () => {
      pubsub.deleteSubscription(names.push);
      await faults.close();
      await server.close();
      await Promise.all([ingest.close(), deadLetters.close(), store.close()]);
    },
  };
}
