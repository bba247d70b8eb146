import type { Clock, Random } from "../../shared/clock";
import { lazyParts } from "../lazy";
import { type GcpActions, type GcpActionsOptions, gcpActions } from "./actions";
import { type GcpArchive, type GcpArchiveOptions, gcpArchive } from "./archive";
import type { GcpCredentials } from "./client";
import { type GcpDeadLetters, type GcpDeadLettersOptions, gcpDeadLetters } from "./deadletter";
import { type GcpIngest, type GcpIngestOptions, gcpIngest } from "./ingest";
import { type GcpStore, type GcpStoreOptions, gcpStore } from "./store";

/** What a deployed pipeline consists of: the outputs of its stack. */
export interface GcpResources {
  /** Pub/Sub topic of the events, `projects/<project>/topics/<topic>`. */
  topic: string;
  /** Firestore collection, `projects/<project>/databases/<database>/documents/<collection>`. */
  collection: string;
  /** Pub/Sub subscription that holds the dead letters, `projects/<project>/subscriptions/<subscription>`. */
  subscription: string;
  /** Cloud Storage bucket of the archive. */
  bucket: string;
  /** Pub/Sub topic of the actions. Empty if the pipeline has none: then do not publish any. */
  actionsTopic: string;
  /** The pipeline's name. */
  pipeline: string;
}

export interface GcpOptions {
  /** Of all adapters but `ingest`, which signs in by itself. Default: as `gcpCredentials`. */
  credentials?: GcpCredentials | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  ingest?: Omit<GcpIngestOptions, "topic"> | undefined;
  store?: Omit<GcpStoreOptions, "collection"> | undefined;
  deadLetters?: Omit<GcpDeadLettersOptions, "subscription"> | undefined;
  actions?: Omit<GcpActionsOptions, "topic"> | undefined;
  archive?: Omit<GcpArchiveOptions, "bucket"> | undefined;
}

/** Everything that becomes of a pipeline's events in one Google Cloud project. Each adapter is made at its first use. */
export interface GcpDeployment {
  readonly ingest: GcpIngest;
  readonly store: GcpStore;
  readonly deadLetters: GcpDeadLetters;
  readonly actions: GcpActions;
  readonly archive: GcpArchive;
  /** Closes what was made here. */
  close(): Promise<void>;
}

export function openGcp(resources: GcpResources, options: GcpOptions = {}): GcpDeployment {
  const { topic, collection, subscription, bucket, actionsTopic, pipeline } = resources;
  const { clock, random, credentials } = options;
  const common = { clock, random, credentials };
  return lazyParts({
    ingest: () => gcpIngest({ clock, random, ...options.ingest, topic }),
    store: () => gcpStore({ ...common, ...options.store, collection }),
    deadLetters: () => gcpDeadLetters({ ...common, pipeline, ...options.deadLetters, subscription }),
    actions: () => gcpActions({ clock, credentials, ...options.actions, topic: actionsTopic }),
    archive: () => gcpArchive({ ...common, ...options.archive, bucket }),
  });
}
