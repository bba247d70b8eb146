import { randomUUID } from "node:crypto";
import type { Action, Infer, PreprocessCapabilities } from "sluice";
import { awsActions } from "../../adapters/aws/actions";
import { awsArchive } from "../../adapters/aws/archive";
import { awsDeadLetters } from "../../adapters/aws/deadletter";
import { awsInfer } from "../../adapters/aws/infer";
import { awsIngest } from "../../adapters/aws/ingest";
import { awsStore } from "../../adapters/aws/store";
import { kinesisSource } from "../../emulators/aws/event-source-mapping";
import { openFirehose } from "../../emulators/aws/firehose";
import { openSageMaker } from "../../emulators/aws/sagemaker";
import { openHttpFaults, type Rule } from "../../emulators/http-faults";
import type { Adapters } from "../contract/all";
import type { ArchivedStream } from "../contract/archive";
import type { ObservedIngest } from "../contract/ingest";
import { hostOf } from "./aws/deployed";
import { type AwsServices, ruleFor, type ServiceName } from "./aws/services";
import { archiveOn, deploymentOn, harnessOn, modelHarness, textOrBytes, WHOLE } from "./cloud-harness";
import type { Harness } from "./contract";
import { manualClock } from "./manual-clock";
import { pipelineFor } from "./onnx";
import { testPipeline } from "./records";
import type { Deployment } from "./source";
import { watched } from "./watched";

const name = "aws";

/** The SDKs against emulated services. `services` is asked once the tests run. */
export function awsAdapters(services: () => AwsServices): Adapters {
  const preprocess: PreprocessCapabilities = {
    checkpoint: "lowest-failure",
    ordering: "per-key",
    countsDeliveries: false,
  };
  return {
    ingest: {
      name,
      capabilities: awsIngest({ stream: "" }).capabilities,
      faults: [...WHOLE, { code: "unavailable", partial: true }],
      open: harness(services, ["kinesis"], (names) => observedIngest(services(), names)),
    },
    infer: { name, capabilities: endpoint("", "").capabilities, faults: WHOLE, width: 4, open: endpointHarness },
    store: {
      name,
      capabilities: awsStore({ table: "" }).capabilities,
      faults: [...WHOLE, { code: "throttled", partial: true }],
      open: harness(services, ["dynamodb"], (names) => adaptersOn(services(), names).store),
    },
    deadLetters: {
      name,
      capabilities: awsDeadLetters({ bucket: "" }).capabilities,
      faults: [...WHOLE, { code: "unavailable", partial: true }],
      open: harness(services, ["s3"], (names) => adaptersOn(services(), names).deadLetters),
    },
    actions: {
      name,
      capabilities: undefined,
      faults: [...WHOLE, { code: "unavailable", partial: true }],
      open: harness(services, ["eventbridge"], (names) => ({
        actions: adaptersOn(services(), names).actions,
        received: () => receivedOn(services(), names),
      })),
    },
    archive: {
      name,
      capabilities: undefined,
      faults: [{ code: "unavailable", partial: false }],
      open: () => archived(services()),
    },
    deployments: [{ name, capabilities: preprocess, open: () => deployment(services()) }],
  };
}

interface Names {
  stream: string;
  table: string;
  bucket: string;
  bus: string;
}

/** A stream of two shards, a table, a bucket and a bus that nobody else uses. */
async function provision(services: AwsServices): Promise<Names> {
  const id = randomUUID();
  const names = { stream: `s-${id}`, table: `t-${id}`, bucket: `b-${id}`, bus: `bus-${id}` };
  await services.provision({ ...names, shards: 2 });
  return names;
}

/** Adapters that give up after a few quick attempts: the contract asks what they say then. */
function adaptersOn(services: AwsServices, { stream, table, bucket, bus }: Names) {
  const hasty = (service: ServiceName) => ({ ...services.client(service), maxAttempts: 1, random: () => 0 });
  return {
    ingest: services.keep(awsIngest({ ...hasty("kinesis"), stream, maxAttempts: 2 })),
    store: services.keep(awsStore({ ...hasty("dynamodb"), table })),
    deadLetters: services.keep(awsDeadLetters({ ...hasty("s3"), bucket })),
    actions: services.keep(awsActions({ ...hasty("eventbridge"), bus, pipeline: testPipeline.name })),
  };
}

function harness<Port>(services: () => AwsServices, faulty: readonly ServiceName[], pick: (names: Names) => Port) {
  return harnessOn(services, faulty, provision, pick);
}

function observedIngest(services: AwsServices, names: Names): ObservedIngest {
  return { ingest: adaptersOn(services, names).ingest, messages: () => recordsOf(services, names.stream) };
}

/** What is in the stream, shard by shard, past the proxy. */
async function recordsOf({ services: { kinesis } }: AwsServices, stream: string) {
  const source = kinesisSource({ stream, endpoint: kinesis.endpoint, region: "us-east-1" });
  const { signal } = new AbortController();
  const messages: { body: string | Uint8Array; partition: string; offset: string }[] = [];
  for (const { shardId } of await source.shards(signal)) {
    const reader = await source.open(shardId, "TRIM_HORIZON", signal);
    for (let behind = true; behind; ) {
      const page = await reader.read(10_000, signal);
      behind = page.behind;
      for (const { data, sequenceNumber } of page.records)
        messages.push({ body: textOrBytes(data), partition: shardId, offset: sequenceNumber });
    }
  }
  source.close();
  return messages;
}

async function* receivedOn({ services: { eventbridge } }: AwsServices, { bus }: Names): AsyncGenerator<Action> {
  const seen = new Map(eventbridge.events(bus).map(({ detail }) => [String(detail["id"]), detail]));
  for (const detail of seen.values()) yield detail as unknown as Action;
}

async function deployment(services: AwsServices): Promise<Harness<Deployment>> {
  const names = await provision(services);
  const host = hostOf(names.stream, services.client("kinesis"));
  return deploymentOn(host, () => ({
    ...watched(adaptersOn(services, names)),
    ...host.boot(),
    // A message may carry many events, so it does here.
    ingest: services.keep(awsIngest({ ...services.client("kinesis"), stream: names.stream, eventsPerRecord: 100 })),
    received: () => receivedOn(services, names),
  }));
}

/** The stream and what Firehose makes of it. Time passes for both when the test says so: they deliver before it does. */
async function archived(services: AwsServices): Promise<Harness<ArchivedStream>> {
  const names = await provision(services);
  const clock = manualClock({ auto: false });
  const kinesis = await openHttpFaults({
    target: services.services.kinesis.endpoint,
    rule: arrivingAt(() => clock.now()),
  });
  const firehose = openFirehose({
    ...{ kinesis: kinesis.endpoint, s3: services.services.s3.endpoint },
    ...{ stream: names.stream, bucket: names.bucket, clock },
  });
  return archiveOn({
    open: () => ({
      ingest: services.keep(awsIngest({ ...services.client("kinesis"), stream: names.stream })),
      archive: services.keep(awsArchive({ ...services.client("s3"), bucket: names.bucket, maxAttempts: 1 })),
    }),
    flush: firehose.flush,
    clock,
    inject: (fault) => services.inject(fault, "s3"),
    close: async () => {
      services.faults.s3.set(undefined);
      await firehose.close();
      await kinesis.close();
    },
  });
}

/** Kinesis stamps what it takes in with the machine's time; here with the test's. */
function arrivingAt(now: () => number): Rule {
  return ({ headers }) =>
    headers["x-amz-target"] === "Kinesis_20131202.GetRecords"
      ? { kind: "rewrite", change: (answer) => ({ ...answer, body: restamped(String(answer.body), now()) }) }
      : undefined;
}

function restamped(body: string, now: number): string {
  const { Records = [], ...rest } = JSON.parse(body);
  const stamped = Records.map((record: object) => ({ ...record, ApproximateArrivalTimestamp: now / 1_000 }));
  return JSON.stringify({ ...rest, Records: stamped });
}

const ENDPOINT = "model";

/** The model server behind an emulated SageMaker endpoint. */
function endpointHarness(): Promise<Harness<Infer>> {
  return modelHarness({
    front: (model) => openSageMaker({ endpoints: { [ENDPOINT]: model } }),
    infer: (address) => endpoint(address, ENDPOINT),
    ruleFor: (fault) => ruleFor(fault, "sagemaker"),
  });
}

function endpoint(address: string, endpointName: string): Infer {
  const where = address === "" ? {} : { endpoint: address };
  return awsInfer({ pipeline: pipelineFor("linear.onnx", {}), endpointName, region: "us-east-1", ...where });
}
