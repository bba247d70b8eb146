import { parseEmf } from "../../adapters/aws/telemetry";
import type { StackOutputs } from "../../adapters/stack-outputs";
import { type AwsEmulators, openAwsEmulators } from "../../emulators/aws";
import { createEventSourceMapping, kinesisSource } from "../../emulators/aws/event-source-mapping";
import { FunctionError, type Lambda, openLambda } from "../../emulators/aws/lambda";
import { bundleFunction } from "../../functions/aws/bundle";
import { MAPPING, MEMORY_MB, TIMEOUT_SECONDS } from "../../functions/aws/mapping";
import { clip } from "../../shared/errors";
import { cloudDeployment } from "../deployment";
import { Failure } from "../failure";
import { aborted, bundleHere, createLog, type FunctionLog, openModel, startedOr } from "./common";
import type { EmulatedCloud, EmulatedOptions, InferenceMode } from "./emulated";

const REGION = "us-east-1";
const ACCOUNT = "000000000000";
/** As many as a new on-demand stream has (https://docs.aws.amazon.com/streams/latest/dg/how-do-i-size-a-stream.html) would only stand by here. */
const SHARDS = 2;

/** Kinesis, Lambda, DynamoDB, S3 and EventBridge on this machine, with the function that the stack would deploy. */
export async function startAws(options: EmulatedOptions): Promise<EmulatedCloud> {
  const { loaded, workers, inference } = options;
  const outputs = outputsFor(loaded.pipeline.name, inference);
  const bundle = await bundleFunction(bundleHere(outputs.cloud, options));
  const model = inference === "endpoint" ? await openModel(loaded) : undefined;
  const emulators = await openAwsEmulators({ endpoints: model ? { [outputs.inference]: model.url } : {} });
  await emulators.provision({
    ...{ stream: outputs.ingest, shards: SHARDS, table: outputs.store },
    ...{ bucket: outputs.deadLetters, bus: outputs.actions },
  });
  // The SDKs of this process find the emulators as a user's would.
  Object.assign(process.env, emulators.environment);

  const log = createLog(options, parseEmf);
  const lambda = openLambda({
    directory: bundle.directory,
    functionName: outputs.function,
    environment: { ...emulators.environment, ...variables(outputs, inference) },
    timeoutMs: TIMEOUT_SECONDS * 1_000,
    memoryMb: MEMORY_MB[inference],
    concurrency: workers,
    onLog: log.line,
  });
  const archive = emulators.openArchive({ stream: outputs.ingest, bucket: outputs.archive });
  const source = kinesisSource({ stream: outputs.ingest, endpoint: emulators.endpoints.kinesis, region: REGION });
  const mapping = createEventSourceMapping({
    streamArn: `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/${outputs.ingest}`,
    source,
    invoke: (event) => lambda.invoke(event),
    settings: {
      ...MAPPING,
      // More invocations than there are instances would only be turned away and tried again.
      parallelizationFactor: Math.max(1, Math.floor(workers / SHARDS)),
      destinationConfig: { onFailure: { destination: `arn:aws:s3:::${outputs.deadLetters}` } },
    },
    onFailure: (key, body) => putObject(emulators, outputs.deadLetters, key, body),
    functionTimeoutMs: TIMEOUT_SECONDS * 1_000,
    functionArn: lambda.functionArn,
  });
  const deployment = await cloudDeployment(outputs, outputs.cloud);
  const close = async () => {
    await deployment.close();
    const stopped = mapping.stop();
    await lambda.close();
    await stopped;
    source.close();
    await archive.close();
    await emulators.close();
    await model?.close();
  };
  await startedOr(close, warmUp(lambda, log));
  mapping.start();

  return {
    deployment: { ...deployment, location: "the emulated cloud" },
    outputs,
    environment: emulators.environment,
    modelVersion: bundle.manifest.model.version,
    workers,
    partitions: SHARDS,
    drained: (signal) => Promise.race([mapping.drained(), aborted(signal)]),
    archived: () => archive.flush(),
    countActions: async () =>
      new Set(emulators.services.eventbridge.events(outputs.actions).map(({ detail }) => detail["id"])).size,
    close,
  };
}

function outputsFor(pipeline: string, inference: InferenceMode): StackOutputs {
  return {
    cloud: "aws",
    region: REGION,
    pipeline,
    ingest: `${pipeline}-ingest`,
    store: `${pipeline}-predictions`,
    deadLetters: `${pipeline}-data`,
    archive: `${pipeline}-data`,
    actions: `${pipeline}-actions`,
    inference: inference === "endpoint" ? `${pipeline}-model` : inference,
    function: `${pipeline}-infer`,
    dashboard: "",
  };
}

function variables(outputs: StackOutputs, inference: InferenceMode): Record<string, string> {
  return {
    SLUICE_TABLE: outputs.store,
    SLUICE_BUCKET: outputs.deadLetters,
    SLUICE_BUS: outputs.actions,
    SLUICE_INFERENCE: inference,
    ...(inference === "endpoint" ? { SLUICE_ENDPOINT: outputs.inference } : {}),
  };
}

/** A function that cannot start is told before anything is sent; on AWS its batches would fail until they are given up. */
async function warmUp(lambda: Lambda, log: FunctionLog): Promise<void> {
  try {
    await lambda.invoke({ Records: [] });
  } catch (thrown) {
    if (!(thrown instanceof FunctionError)) throw thrown;
    throw new Failure(`the function cannot start: ${clip(thrown.message, 500)} ${log.last()}`.trim());
  }
}

async function putObject({ endpoints }: AwsEmulators, bucket: string, key: string, body: string): Promise<void> {
  const answer = await fetch(`${endpoints.s3}/${bucket}/${key}`, { method: "PUT", body });
  if (!answer.ok) throw new Error(`S3 answered ${answer.status}.`);
}
