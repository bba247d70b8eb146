import type { Clock, Random } from "../../shared/clock";
import { lazyParts } from "../lazy";
import { type AwsActions, type AwsActionsOptions, awsActions } from "./actions";
import { type AwsArchive, type AwsArchiveOptions, awsArchive } from "./archive";
import { type AwsDeadLetters, type AwsDeadLettersOptions, awsDeadLetters } from "./deadletter";
import { type AwsIngest, type AwsIngestOptions, awsIngest } from "./ingest";
import { type AwsStore, type AwsStoreOptions, awsStore } from "./store";

/** What a deployed pipeline consists of: the outputs of its stack. */
export interface AwsResources {
  /** Kinesis stream. */
  stream: string;
  /** DynamoDB table. */
  table: string;
  /** S3 bucket of the dead letters and the archive. */
  bucket: string;
  /** EventBridge bus. Empty if the pipeline has no actions: then do not publish any. */
  bus: string;
  /** The pipeline's name. */
  pipeline: string;
}

export interface AwsOptions {
  /** Of all resources. Default: AWS_REGION. */
  region?: string | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  ingest?: Omit<AwsIngestOptions, "stream"> | undefined;
  store?: Omit<AwsStoreOptions, "table"> | undefined;
  deadLetters?: Omit<AwsDeadLettersOptions, "bucket"> | undefined;
  actions?: Omit<AwsActionsOptions, "bus" | "pipeline"> | undefined;
  archive?: Omit<AwsArchiveOptions, "bucket"> | undefined;
}

/** Everything that becomes of a pipeline's events in one AWS account and region. Each adapter is made at its first use. */
export interface AwsDeployment {
  readonly ingest: AwsIngest;
  readonly store: AwsStore;
  readonly deadLetters: AwsDeadLetters;
  readonly actions: AwsActions;
  readonly archive: AwsArchive;
  /** Closes the clients that were made here. */
  close(): Promise<void>;
}

export function openAws(resources: AwsResources, options: AwsOptions = {}): AwsDeployment {
  const { stream, table, bucket, bus, pipeline } = resources;
  const { region, clock, random } = options;
  return lazyParts({
    ingest: () => awsIngest({ region, clock, random, ...options.ingest, stream }),
    store: () => awsStore({ region, clock, random, ...options.store, table }),
    deadLetters: () => awsDeadLetters({ region, clock, random, pipeline, ...options.deadLetters, bucket }),
    actions: () => awsActions({ region, ...options.actions, bus, pipeline }),
    archive: () => awsArchive({ region, clock, ...options.archive, bucket }),
  });
}
