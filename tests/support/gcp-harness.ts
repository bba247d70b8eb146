import { randomUUID } from "node:crypto";
import type { Action, Infer, PreprocessCapabilities } from "sluice";
import { gcpActions } from "../../adapters/gcp/actions";
import { gcpArchive } from "../../adapters/gcp/archive";
import { gcpDeadLetters } from "../../adapters/gcp/deadletter";
import { gcpInfer } from "../../adapters/gcp/infer";
import { gcpIngest } from "../../adapters/gcp/ingest";
import { gcpStore } from "../../adapters/gcp/store";
import type { Adapters } from "../contract/all";
import type { ArchivedStream } from "../contract/archive";
import type { ObservedIngest } from "../contract/ingest";
import { archiveOn, deploymentOn, harnessOn, modelHarness, WHOLE } from "./cloud-harness";
import type { Harness } from "./contract";
import { hostOf } from "./gcp/deployed";
import { type GcpServices, openGcpServices, PROJECT, ruleFor, type ServiceName } from "./gcp/services";
import { manualClock } from "./manual-clock";
import { pipelineFor } from "./onnx";
import type { Deployment } from "./source";
import { watched } from "./watched";

const name = "gcp";

/** The adapters against emulated services. `services` is asked once the tests run. */
export function gcpAdapters(services: () => GcpServices): Adapters {
  const preprocess: PreprocessCapabilities = { checkpoint: "per-message", ordering: "none", countsDeliveries: true };
  const { topic, collection, subscription } = namesFor("none");
  return {
    ingest: {
      name,
      capabilities: gcpIngest({ topic }).capabilities,
      // The client library speaks gRPC, past the proxy that does the harm.
      faults: [],
      open: harness(services, [], (names) => ({
        ingest: adaptersOn(services(), names).ingest,
        messages: async () => messagesOf(services(), names.copy),
      })),
    },
    infer: { name, capabilities: endpoint("http://none").capabilities, faults: WHOLE, width: 4, open: endpointHarness },
    store: {
      name,
      capabilities: gcpStore({ collection }).capabilities,
      faults: [...WHOLE, { code: "unavailable", partial: true }],
      open: harness(services, ["firestore"], (names) => adaptersOn(services(), names).store),
    },
    deadLetters: {
      name,
      capabilities: gcpDeadLetters({ subscription }).capabilities,
      faults: WHOLE,
      open: harness(services, ["pubsub"], (names) => adaptersOn(services(), names).deadLetters),
    },
    actions: {
      name,
      capabilities: undefined,
      faults: WHOLE,
      open: harness(services, ["pubsub"], (names) => ({
        actions: adaptersOn(services(), names).actions,
        received: () => receivedOn(services(), names),
      })),
    },
    archive: {
      name,
      capabilities: undefined,
      faults: [{ code: "unavailable", partial: false }],
      open: archived,
    },
    deployments: [{ name, capabilities: preprocess, open: () => deployment(services()) }],
  };
}

function namesFor(id: string) {
  const of = (kind: string, of: string) => `projects/${PROJECT}/${kind}/${of}-${id}`;
  return {
    topic: of("topics", "ingest"),
    /** Holds a copy of all that was published. */
    copy: of("subscriptions", "copy"),
    push: of("subscriptions", "push"),
    deadTopic: of("topics", "dead"),
    subscription: of("subscriptions", "hold"),
    actions: of("topics", "actions"),
    alerts: of("subscriptions", "alerts"),
    archive: of("subscriptions", "archive"),
    bucket: `bucket-${id}`,
    collection: `projects/${PROJECT}/databases/(default)/documents/c-${id}`,
  };
}

type Names = ReturnType<typeof namesFor>;

/** Topics, subscriptions, a bucket and a collection that nobody else uses. */
function provision(services: GcpServices): Names {
  const names = namesFor(randomUUID());
  services.provision({
    topics: [names.topic, names.deadTopic, names.actions],
    subscriptions: [
      { name: names.copy, topic: names.topic },
      { name: names.subscription, topic: names.deadTopic },
      { name: names.alerts, topic: names.actions },
    ],
    bucket: names.bucket,
  });
  return names;
}

/** Adapters that give up after a few quick attempts: the contract asks what they say then. */
function adaptersOn(services: GcpServices, { topic, collection, subscription, deadTopic, actions }: Names) {
  const hasty = (service: ServiceName) => ({ ...services.client(service), maxAttempts: 1, random: () => 0 });
  return {
    ingest: services.keep(gcpIngest({ ...services.client("pubsub"), topic })),
    store: services.keep(gcpStore({ ...hasty("firestore"), collection })),
    deadLetters: services.keep(gcpDeadLetters({ ...hasty("pubsub"), topic: deadTopic, subscription })),
    actions: services.keep(gcpActions({ ...services.client("pubsub"), topic: actions })),
  };
}

function harness<Port>(services: () => GcpServices, faulty: readonly ServiceName[], pick: (names: Names) => Port) {
  return harnessOn(services, faulty, provision, pick);
}

/** What is in the topic. It has no partitions. */
function messagesOf(
  { services: { pubsub } }: GcpServices,
  subscription: string,
): Awaited<ReturnType<ObservedIngest["messages"]>> {
  return pubsub
    .subscription(subscription)
    .messages.map(({ data, id }) => ({ body: data.toString(), partition: "0", offset: id }));
}

async function* receivedOn({ services: { pubsub } }: GcpServices, { alerts }: Names): AsyncGenerator<Action> {
  const all = pubsub
    .subscription(alerts)
    .messages.map(({ data }) => JSON.parse(Buffer.from(data).toString()) as Action);
  yield* new Map(all.map((action) => [action.id, action])).values();
}

async function deployment(services: GcpServices): Promise<Harness<Deployment>> {
  const names = provision(services);
  const deadLetterPolicy = { deadLetterTopic: names.deadTopic, maxDeliveryAttempts: 100 };
  const host = await hostOf(services, { name: names.push, topic: names.topic, deadLetterPolicy });
  return deploymentOn(host, () => ({
    ...watched(adaptersOn(services, names)),
    ...host.boot(),
    received: () => receivedOn(services, names),
  }));
}

/** The topic and what its Cloud Storage subscription makes of it, where time passes when the test says so. */
async function archived(): Promise<Harness<ArchivedStream>> {
  const clock = manualClock({ auto: false });
  const services = await openGcpServices({ clock });
  const names = provision(services);
  const { pubsub } = services.services;
  pubsub.createSubscription({
    name: names.archive,
    topic: names.topic,
    ackDeadlineSeconds: 600,
    cloudStorageConfig: {
      bucket: names.bucket,
      filenamePrefix: "raw/",
      filenameSuffix: ".avro",
      filenameDatetimeFormat: "YYYY/MM/DD/hh_mm_ssZ",
      avroConfig: { writeMetadata: true },
    },
  });
  return archiveOn({
    open: () => ({
      ingest: services.keep(gcpIngest({ ...services.client("pubsub"), topic: names.topic })),
      archive: services.keep(gcpArchive({ ...services.client("storage"), bucket: names.bucket, maxAttempts: 1 })),
    }),
    flush: () => pubsub.flush(),
    clock,
    inject: (fault) => services.inject(fault, "storage"),
    close: services.close,
  });
}

/** The model server, as a service of Cloud Run. */
function endpointHarness(): Promise<Harness<Infer>> {
  return modelHarness({ infer: endpoint, ruleFor });
}

function endpoint(url: string): Infer {
  return gcpInfer({ pipeline: pipelineFor("linear.onnx", {}), url, kind: "cloud-run" });
}
