import { parseLog } from "../../adapters/gcp/telemetry";
import type { StackOutputs } from "../../adapters/stack-outputs";
import { type GcpEmulators, openGcpEmulators } from "../../emulators/gcp";
import { type CloudRunEmulator, openCloudRun } from "../../emulators/gcp/cloud-run";
import { bundleFunction, SERVER } from "../../functions/gcp/bundle";
import { CONCURRENCY, MEMORY_MB, PUSH, TIMEOUT_SECONDS } from "../../functions/gcp/push";
import { clip, messageOf } from "../../shared/errors";
import { cloudDeployment } from "../deployment";
import { Failure } from "../failure";
import { aborted, bundleHere, createLog, type FunctionLog, openModel, startedOr } from "./common";
import type { EmulatedCloud, EmulatedOptions, InferenceMode } from "./emulated";

const PROJECT = "local";
const REGION = "us-central1";
const ACCOUNT = `push@${PROJECT}.iam.gserviceaccount.com`;

/** Names of what the stack would make. */
interface Names {
  topic: string;
  push: string;
  dead: string;
  hold: string;
  actions: string;
  alerts: string;
  archive: string;
}

/** Pub/Sub, a function of Cloud Run, Firestore and Cloud Storage on this machine, with the function that the stack would deploy. */
export async function startGcp(options: EmulatedOptions): Promise<EmulatedCloud> {
  const { loaded, workers, inference } = options;
  const names = namesFor(loaded.pipeline.name);
  const outputs = outputsFor(loaded.pipeline.name, names);
  const bundle = await bundleFunction(bundleHere(outputs.cloud, options));
  const model = inference === "endpoint" ? await openModel(loaded) : undefined;
  const emulators = await openGcpEmulators({ project: PROJECT });
  const log = createLog(options, parseLog);
  const service = await openCloudRun({
    directory: bundle.directory,
    command: [SERVER],
    name: outputs.function,
    environment: { ...emulators.environment, ...variables(names, outputs, inference, model?.url, emulators) },
    concurrency: CONCURRENCY,
    maxInstances: workers,
    timeoutMs: TIMEOUT_SECONDS * 1_000,
    memoryMb: MEMORY_MB[inference],
    onLog: log.line,
  });
  provision(emulators, names, outputs, service);
  // The client libraries of this process find the emulators as a user's would.
  Object.assign(process.env, emulators.environment, { METADATA_SERVER_DETECTION: "none" });
  const deployment = await cloudDeployment(outputs, outputs.cloud);
  const close = async () => {
    await deployment.close();
    await emulators.close();
    await service.close();
    await model?.close();
  };
  await startedOr(close, warmUp(service, log));
  const { pubsub } = emulators.services;

  return {
    deployment: { ...deployment, location: "the emulated cloud" },
    outputs,
    environment: emulators.environment,
    modelVersion: bundle.manifest.model.version,
    workers,
    partitions: 1,
    drained: (signal) => Promise.race([pubsub.drained(names.push), aborted(signal)]),
    archived: () => pubsub.flush(),
    countActions: async () =>
      new Set(pubsub.subscription(names.alerts).messages.map(({ attributes }) => attributes["id"])).size,
    close,
  };
}

function namesFor(pipeline: string): Names {
  const topic = (name: string) => `projects/${PROJECT}/topics/${pipeline}-${name}`;
  const subscription = (name: string) => `projects/${PROJECT}/subscriptions/${pipeline}-${name}`;
  return {
    topic: topic("ingest"),
    push: subscription("push"),
    dead: topic("dead"),
    hold: subscription("dead-hold"),
    actions: topic("actions"),
    alerts: subscription("actions"),
    archive: subscription("archive"),
  };
}

function outputsFor(pipeline: string, names: Names): StackOutputs {
  return {
    cloud: "gcp",
    region: REGION,
    pipeline,
    ingest: names.topic,
    store: `projects/${PROJECT}/databases/${pipeline}/documents/predictions`,
    deadLetters: names.hold,
    archive: `${pipeline}-archive`,
    actions: names.actions,
    inference: "in-process",
    function: `${pipeline}-process`,
    dashboard: "",
  };
}

function variables(
  names: Names,
  outputs: StackOutputs,
  inference: InferenceMode,
  modelUrl: string | undefined,
  { services }: GcpEmulators,
): Record<string, string> {
  return {
    SLUICE_COLLECTION: outputs.store,
    SLUICE_DEAD_TOPIC: names.dead,
    SLUICE_ACTIONS_TOPIC: names.actions,
    SLUICE_INFERENCE: inference,
    SLUICE_PUSH_AUDIENCE: outputs.function,
    SLUICE_PUSH_ACCOUNT: ACCOUNT,
    SLUICE_PUSH_KEYS: services.pubsub.jwksUrl,
    ...(modelUrl === undefined ? {} : { SLUICE_ENDPOINT: modelUrl, SLUICE_ENDPOINT_KIND: "cloud-run" }),
  };
}

function provision(emulators: GcpEmulators, names: Names, outputs: StackOutputs, service: CloudRunEmulator): void {
  const seconds = (count: number) => `${count}s`;
  emulators.provision({
    topics: [names.topic, names.dead, names.actions],
    bucket: outputs.archive,
    subscriptions: [
      {
        name: names.push,
        topic: names.topic,
        ackDeadlineSeconds: PUSH.ackDeadlineSeconds,
        pushConfig: {
          pushEndpoint: service.endpoint,
          oidcToken: { serviceAccountEmail: ACCOUNT, audience: outputs.function },
        },
        retryPolicy: {
          minimumBackoff: seconds(PUSH.minBackoffSeconds),
          maximumBackoff: seconds(PUSH.maxBackoffSeconds),
        },
        deadLetterPolicy: { deadLetterTopic: names.dead, maxDeliveryAttempts: PUSH.maxDeliveryAttempts },
      },
      { name: names.hold, topic: names.dead },
      { name: names.alerts, topic: names.actions },
      {
        name: names.archive,
        topic: names.topic,
        ackDeadlineSeconds: 600,
        cloudStorageConfig: {
          bucket: outputs.archive,
          filenamePrefix: "raw/",
          filenameSuffix: ".avro",
          filenameDatetimeFormat: "YYYY/MM/DD/hh_mm_ssZ",
          avroConfig: { writeMetadata: true },
        },
      },
    ],
  });
}

/** A function that cannot start is told before anything is sent; on Cloud Run its messages would come again and again. */
async function warmUp(service: CloudRunEmulator, log: FunctionLog): Promise<void> {
  try {
    await service.warmUp();
  } catch (thrown) {
    throw new Failure(`the function cannot start: ${clip(messageOf(thrown), 500)}. ${log.last()}`.trim());
  }
}
