import { parseLog } from "../../adapters/azure/telemetry";
import type { StackOutputs } from "../../adapters/stack-outputs";
import { type AzureEmulators, openAzureEmulators, type Provisioned } from "../../emulators/azure";
import { openFunctionsHost } from "../../emulators/azure/functions-host";
import { bundleFunction } from "../../functions/azure/bundle";
import { CANNOT_START, CONSUMER_GROUP, MEMORY_MB, READY, TIMEOUT_SECONDS } from "../../functions/azure/trigger";
import { cloudDeployment } from "../deployment";
import { Failure } from "../failure";
import { aborted, bundleHere, createLog, openModel, startedOr } from "./common";
import type { EmulatedCloud, EmulatedOptions, InferenceMode } from "./emulated";

const CLOUD = "azure";
const REGION = "westeurope";
/** As many as the stack's hub has unless it is told otherwise would mostly stand by here. */
const PARTITIONS = 4;

/** Event Hubs, a function, Cosmos DB, Blob Storage and Event Grid on this machine, with the function that the stack would deploy. */
export async function startAzure(options: EmulatedOptions): Promise<EmulatedCloud> {
  const { loaded, workers, inference } = options;
  const { name } = loaded.pipeline;
  // The storage takes two seconds to start, in which the function is bundled.
  const starting = openAzureEmulators();
  const bundled = bundleFunction(bundleHere(CLOUD, options));
  const [emulators, bundle] = await both(starting, bundled);
  const model = inference === "endpoint" ? await openModel(loaded) : undefined;
  // The adapters of this process find their tokens as a function's would.
  Object.assign(process.env, emulators.environment);
  const urls = await emulators.provision(namesFor(name));
  const outputs = outputsFor(name, urls, model?.url);
  const log = createLog(options, parseLog);
  const { heard, ready } = createStart();
  const hub = emulators.services.eventHubs.hub(hubOf(name));
  const host = await openFunctionsHost({
    hub,
    consumerGroup: CONSUMER_GROUP,
    directory: bundle.directory,
    environment: { ...emulators.environment, ...variables(name, urls, inference, model?.url) },
    instances: workers,
    memoryMb: MEMORY_MB[inference],
    onLog: (line) => {
      if (!heard(line)) log.line(line);
    },
  });
  const deployment = await cloudDeployment(outputs, CLOUD);
  const close = async () => {
    await deployment.close();
    await host.close();
    await emulators.close();
    await model?.close();
  };
  await startedOr(close, ready);

  return {
    deployment: { ...deployment, location: "the emulated cloud" },
    outputs,
    environment: emulators.environment,
    modelVersion: bundle.manifest.model.version,
    workers,
    partitions: PARTITIONS,
    drained: (signal) => Promise.race([host.drained(), aborted(signal)]),
    // The function writes the archive itself, before it acknowledges.
    archived: async () => {},
    countActions: async () => countActions(emulators, name),
    close,
  };
}

/** What both give; if one fails, the emulators are closed again: their process would keep this one alive. */
async function both<Bundle>(starting: Promise<AzureEmulators>, bundled: Promise<Bundle>) {
  const [emulators, bundle] = await Promise.allSettled([starting, bundled]);
  if (emulators.status === "fulfilled" && bundle.status === "fulfilled")
    return [emulators.value, bundle.value] as const;
  if (emulators.status === "fulfilled") await emulators.value.close();
  throw bundle.status === "rejected" ? bundle.reason : (emulators as PromiseRejectedResult).reason;
}

function hubOf(pipeline: string): string {
  return `${pipeline}-events`;
}

function namesFor(pipeline: string) {
  return {
    hub: hubOf(pipeline),
    partitions: PARTITIONS,
    consumerGroup: CONSUMER_GROUP,
    container: `${pipeline}/predictions`,
    deadLetters: "dead-letters",
    archive: "archive",
    queue: "dead-letters",
    topic: topicOf(pipeline),
  };
}

function topicOf(pipeline: string): string {
  return `${pipeline}-actions`;
}

function outputsFor(pipeline: string, urls: Provisioned, modelUrl: string | undefined): StackOutputs {
  return {
    cloud: CLOUD,
    region: REGION,
    pipeline,
    ingest: urls.hub,
    store: urls.container,
    deadLetters: urls.deadLetters,
    archive: urls.archive,
    actions: urls.topic,
    inference: modelUrl ?? "in-process",
    function: `${pipeline}-process`,
    dashboard: "",
  };
}

function variables(
  pipeline: string,
  urls: Provisioned,
  inference: InferenceMode,
  modelUrl: string | undefined,
): Record<string, string> {
  return {
    SLUICE_HUB: hubOf(pipeline),
    SLUICE_CONSUMER_GROUP: CONSUMER_GROUP,
    SLUICE_CONTAINER: urls.container,
    SLUICE_DEAD_LETTERS: urls.deadLetters,
    SLUICE_DEAD_QUEUE: urls.queue,
    SLUICE_ARCHIVE: urls.archive,
    SLUICE_ACTIONS: urls.topic,
    SLUICE_INFERENCE: inference,
    SLUICE_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    ...(modelUrl === undefined ? {} : { SLUICE_ENDPOINT: modelUrl, SLUICE_ENDPOINT_KIND: "container-app" }),
  };
}

function countActions({ services }: AzureEmulators, pipeline: string): number {
  return new Set(services.eventGrid.events(topicOf(pipeline)).map(({ id }) => id)).size;
}

/** A function that cannot start is told before anything is sent; on Azure its batches would come again and again. */
function createStart() {
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  ready.catch(() => {});
  return {
    ready,
    /** Whether the line was about that. */
    heard: (line: string): boolean => {
      if (line === READY) resolve();
      else if (line.startsWith(CANNOT_START)) reject(new Failure(line.replace(/^error: /, "")));
      else return false;
      return true;
    },
  };
}
