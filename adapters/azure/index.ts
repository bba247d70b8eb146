import type { Clock, Random } from "../../shared/clock";
import { lazyParts } from "../lazy";
import { type AzureActions, type AzureActionsOptions, azureActions } from "./actions";
import { type AzureArchive, type AzureArchiveOptions, azureArchive } from "./archive";
import { type AzureCredentials, azureCredentials } from "./client";
import { type AzureDeadLetters, type AzureDeadLettersOptions, azureDeadLetters } from "./deadletter";
import { type AzureIngest, type AzureIngestOptions, azureIngest } from "./ingest";
import { type AzureStore, type AzureStoreOptions, azureStore } from "./store";

/** What a deployed pipeline consists of: the outputs of its stack. All but the pipeline's name are URLs. */
export interface AzureResources {
  /** Event hub, `sb://<namespace>.servicebus.windows.net/<hub>`. */
  hub: string;
  /** Cosmos DB container, `https://<account>.documents.azure.com/dbs/<database>/colls/<container>`. */
  container: string;
  /** Blob container of the dead letters, `https://<account>.blob.core.windows.net/<container>`. */
  deadLetters: string;
  /** Storage queue that is told of them, `https://<account>.queue.core.windows.net/<queue>`. Default: none. */
  deadQueue?: string | undefined;
  /** Blob container of the archive. */
  archive: string;
  /** Event Grid topic of the actions. Empty if the pipeline has none: then do not publish any. */
  topic: string;
  /** The pipeline's name. */
  pipeline: string;
}

export interface AzureOptions {
  /** Of all adapters. Default: as `azureCredentials`. */
  credentials?: AzureCredentials | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  ingest?: Omit<AzureIngestOptions, "hub"> | undefined;
  store?: Omit<AzureStoreOptions, "container"> | undefined;
  deadLetters?: Omit<AzureDeadLettersOptions, "container"> | undefined;
  actions?: Omit<AzureActionsOptions, "topic" | "pipeline"> | undefined;
  archive?: Omit<AzureArchiveOptions, "container"> | undefined;
}

/** Everything that becomes of a pipeline's events in one Azure subscription. Each adapter is made at its first use. */
export interface AzureDeployment {
  readonly ingest: AzureIngest;
  readonly store: AzureStore;
  readonly deadLetters: AzureDeadLetters;
  readonly actions: AzureActions;
  readonly archive: AzureArchive;
  /** Closes what was made here. */
  close(): Promise<void>;
}

export function openAzure(resources: AzureResources, options: AzureOptions = {}): AzureDeployment {
  const { hub, container, deadQueue: queue, topic, pipeline } = resources;
  const { clock, random } = options;
  // One for all, so that a token is asked for once.
  const credentials = options.credentials ?? azureCredentials({ clock });
  const common = { clock, random, credentials };
  return lazyParts({
    ingest: () => azureIngest({ ...common, ...options.ingest, hub }),
    store: () => azureStore({ ...common, ...options.store, container }),
    deadLetters: () => azureDeadLetters({ ...common, queue, ...options.deadLetters, container: resources.deadLetters }),
    actions: () => azureActions({ clock, credentials, ...options.actions, topic, pipeline }),
    archive: () => azureArchive({ ...common, ...options.archive, container: resources.archive }),
  });
}
