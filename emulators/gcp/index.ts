import type { Clock } from "../../shared/clock";
import { type HttpFaults, openHttpFaults } from "../http-faults";
import { type BigQueryEmulator, type Column, openBigQuery } from "./bigquery";
import { type FirestoreEmulator, openFirestore } from "./firestore";
import { openFront } from "./front";
import { type MetadataEmulator, openMetadata } from "./metadata";
import { openPubSub, type PubSubEmulator, type PubSubOptions, type SubscriptionJson, type TopicJson } from "./pubsub";
import { openStorage, type StorageEmulator } from "./storage";
import { openVertex, type VertexEmulator } from "./vertex";

export interface GcpEmulatorsOptions {
  /** Vertex AI endpoints: the base URL of the model server behind each. Default none. */
  endpoints?: Readonly<Record<string, string>> | undefined;
  /** Default `local`. */
  project?: string | undefined;
  pubsub?: Pick<PubSubOptions, "startPushWindow" | "maxPushWindow" | "pullWaitMs"> | undefined;
  clock?: Clock | undefined;
}

interface Services {
  pubsub: PubSubEmulator;
  firestore: FirestoreEmulator;
  storage: StorageEmulator;
  bigquery: BigQueryEmulator;
  metadata: MetadataEmulator;
  vertex: VertexEmulator;
}

export type GcpServiceName = keyof Services;

/** What is to be there before an application starts; what is left out is not made. A collection comes with its first document. */
export interface Provision {
  /** Full names, or what the REST API takes. */
  topics?: readonly (string | TopicJson)[] | undefined;
  /** As the REST API takes them: with `pushConfig`, `deadLetterPolicy`, `cloudStorageConfig` ... */
  subscriptions?: readonly SubscriptionJson[] | undefined;
  bucket?: string | undefined;
  /** `P.D.T` and its columns. */
  table?: { name: string; columns: readonly Column[] } | undefined;
}

/** The Google Cloud services of a pipeline on this machine, each behind a proxy that can do harm to its REST API. */
export interface GcpEmulators {
  /**
   * URLs behind the proxies: what an application talks to. That of Pub/Sub lets gRPC through untouched, to be harmed by a
   * TCP proxy of one's own; that of Firestore has no gRPC: who wants it goes to the service itself.
   */
  readonly endpoints: Readonly<Record<GcpServiceName, string>>;
  /** The client libraries' own variables, so that an unchanged application finds the emulators. */
  readonly environment: Readonly<Record<string, string>>;
  readonly faults: Readonly<Record<GcpServiceName, HttpFaults>>;
  /** The services themselves, past the proxies: what a test looks into. */
  readonly services: Readonly<Services>;
  /** Throws RpcError for what a service refuses, such as a name that is taken. */
  provision(wanted: Provision): void;
  close(): Promise<void>;
}

export async function openGcpEmulators(options: GcpEmulatorsOptions = {}): Promise<GcpEmulators> {
  const { endpoints: models = {}, project = "local", clock } = options;
  const [firestore, storage, bigquery, metadata, vertex] = await Promise.all([
    openFirestore({ clock }),
    openStorage({ clock }),
    openBigQuery({ clock }),
    openMetadata({ clock, project }),
    openVertex({ endpoints: models, clock }),
  ]);
  const storageFaults = await openHttpFaults({ target: storage.endpoint, clock });
  const bigqueryFaults = await openHttpFaults({ target: bigquery.endpoint, clock });
  // What Pub/Sub exports meets the same harm as what an application writes.
  const pubsub = await openPubSub({
    ...options.pubsub,
    clock,
    storage: storageFaults.endpoint,
    bigquery: bigqueryFaults.endpoint,
  });
  const services = { pubsub, firestore, storage, bigquery, metadata, vertex };
  const faults = {
    pubsub: await openHttpFaults({ target: `http://${pubsub.endpoint}`, clock }),
    firestore: await openHttpFaults({ target: `http://${firestore.endpoint}`, clock }),
    storage: storageFaults,
    bigquery: bigqueryFaults,
    metadata: await openHttpFaults({ target: metadata.endpoint, clock }),
    vertex: await openHttpFaults({ target: vertex.endpoint, clock }),
  };
  const front = await openFront({ rest: faults.pubsub.endpoint, grpc: pubsub.endpoint });
  const endpoints = {
    pubsub: `http://${front.endpoint}`,
    firestore: faults.firestore.endpoint,
    storage: faults.storage.endpoint,
    bigquery: faults.bigquery.endpoint,
    metadata: faults.metadata.endpoint,
    vertex: faults.vertex.endpoint,
  };

  return {
    endpoints,
    environment: {
      GOOGLE_CLOUD_PROJECT: project,
      PUBSUB_EMULATOR_HOST: front.endpoint,
      FIRESTORE_EMULATOR_HOST: new URL(endpoints.firestore).host,
      STORAGE_EMULATOR_HOST: endpoints.storage,
      BIGQUERY_EMULATOR_HOST: endpoints.bigquery,
      GCE_METADATA_HOST: new URL(endpoints.metadata).host,
    },
    faults,
    services,
    provision: ({ topics = [], subscriptions = [], bucket, table }) => {
      if (bucket !== undefined) storage.createBucket(bucket);
      if (table !== undefined) bigquery.createTable(table.name, table.columns);
      for (const topic of topics) pubsub.createTopic(topic);
      for (const subscription of subscriptions) pubsub.createSubscription(subscription);
    },
    close: async () => {
      // Pub/Sub first: what it delivers and exports goes to the others.
      await pubsub.close();
      const others = [front, firestore, storage, bigquery, metadata, vertex, ...Object.values(faults)];
      await Promise.all(others.map((server) => server.close()));
    },
  };
}
