import type { Clock } from "../../shared/clock";
import { type HttpFaults, openHttpFaults } from "../http-faults";
import { type DynamoDbEmulator, openDynamoDb } from "./dynamodb";
import { type EventBridgeEmulator, openEventBridge } from "./eventbridge";
import { type FirehoseEmulator, type FirehoseOptions, openFirehose } from "./firehose";
import { type KinesisEmulator, openKinesis } from "./kinesis";
import { openS3, type S3Emulator } from "./s3";
import { openSageMaker, type SageMakerEmulator } from "./sagemaker";

export interface AwsEmulatorsOptions {
  /** SageMaker endpoints: the base URL of the container behind each. Default none. */
  endpoints?: Readonly<Record<string, string>> | undefined;
  clock?: Clock | undefined;
}

interface Services {
  kinesis: KinesisEmulator;
  dynamodb: DynamoDbEmulator;
  s3: S3Emulator;
  eventbridge: EventBridgeEmulator;
  sagemaker: SageMakerEmulator;
}

export type AwsServiceName = keyof Services;

/** What is to be there before an application starts; what is left out is not made. */
export interface Provision {
  stream?: string | undefined;
  /** Default 1. */
  shards?: number | undefined;
  table?: string | undefined;
  bucket?: string | undefined;
  bus?: string | undefined;
}

/** The AWS services of a pipeline on this machine, each behind a proxy that can do it harm. */
export interface AwsEmulators {
  /** Behind the proxies: what an application talks to. */
  readonly endpoints: Readonly<Record<AwsServiceName, string>>;
  /** The SDK's own variables, so that an unchanged application finds the emulators. */
  readonly environment: Readonly<Record<string, string>>;
  readonly faults: Readonly<Record<AwsServiceName, HttpFaults>>;
  /** The services themselves, past the proxies: what a test looks into. */
  readonly services: Readonly<Services>;
  provision(wanted: Provision): Promise<void>;
  /** Starts a delivery stream between two of the services; it ends with them. */
  openArchive(options: Omit<FirehoseOptions, "kinesis" | "s3">): FirehoseEmulator;
  close(): Promise<void>;
}

export async function openAwsEmulators({
  endpoints: models = {},
  clock,
}: AwsEmulatorsOptions = {}): Promise<AwsEmulators> {
  const [kinesis, dynamodb, s3, eventbridge, sagemaker] = await Promise.all([
    openKinesis(),
    openDynamoDb(),
    openS3({ clock }),
    openEventBridge({ clock }),
    openSageMaker({ endpoints: models, clock }),
  ]);
  const services = { kinesis, dynamodb, s3, eventbridge, sagemaker };
  const faults = {
    kinesis: await openHttpFaults({ target: kinesis.endpoint, clock }),
    dynamodb: await openHttpFaults({ target: dynamodb.endpoint, clock }),
    s3: await openHttpFaults({ target: s3.endpoint, clock }),
    eventbridge: await openHttpFaults({ target: eventbridge.endpoint, clock }),
    sagemaker: await openHttpFaults({ target: sagemaker.endpoint, clock }),
  };
  const endpoints = {
    kinesis: faults.kinesis.endpoint,
    dynamodb: faults.dynamodb.endpoint,
    s3: faults.s3.endpoint,
    eventbridge: faults.eventbridge.endpoint,
    sagemaker: faults.sagemaker.endpoint,
  };
  const archives: FirehoseEmulator[] = [];

  return {
    endpoints,
    environment: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_KINESIS: endpoints.kinesis,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
      AWS_ENDPOINT_URL_S3: endpoints.s3,
      AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.eventbridge,
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: endpoints.sagemaker,
    },
    faults,
    services,
    provision: async ({ stream, shards = 1, table, bucket, bus }) => {
      if (bucket !== undefined) s3.createBucket(bucket);
      if (bus !== undefined) eventbridge.createBus(bus);
      await Promise.all([
        stream === undefined ? undefined : kinesis.createStream(stream, shards),
        table === undefined ? undefined : dynamodb.createTable(table),
      ]);
    },
    openArchive: (options) => {
      const archive = openFirehose({ clock, ...options, kinesis: endpoints.kinesis, s3: endpoints.s3 });
      archives.push(archive);
      return archive;
    },
    close: async () => {
      await Promise.all(archives.map((archive) => archive.close()));
      await Promise.all([...Object.values(faults), ...Object.values(services)].map((server) => server.close()));
    },
  };
}
