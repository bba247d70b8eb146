import { randomUUID } from "node:crypto";
import type { Action, Infer, PreprocessCapabilities } from "sluice";
import { azureActions } from "../../adapters/azure/actions";
import { azureArchive } from "../../adapters/azure/archive";
import { archiveWriter } from "../../adapters/azure/archive/writer";
import { azureDeadLetters } from "../../adapters/azure/deadletter";
import { azureInfer } from "../../adapters/azure/infer";
import { azureIngest } from "../../adapters/azure/ingest";
import { azureStore } from "../../adapters/azure/store";
import type { Provisioned } from "../../emulators/azure";
import { openAzureMl } from "../../emulators/azure/azure-ml";
import { type Hub, openEventHubs, partitionOfKey, type SendRule } from "../../emulators/azure/event-hubs";
import type { Adapters } from "../contract/all";
import type { ArchivedStream } from "../contract/archive";
import type { ObservedIngest } from "../contract/ingest";
import { hostOf } from "./azure/deployed";
import { type AzureServices, ruleFor, type ServiceName } from "./azure/services";
import { archiveOn, deploymentOn, harnessOn, modelHarness, textOrBytes, WHOLE } from "./cloud-harness";
import type { Harness, ServiceFault } from "./contract";
import { manualClock } from "./manual-clock";
import { pipelineFor } from "./onnx";
import { testPipeline } from "./records";
import type { Deployment } from "./source";
import { watched } from "./watched";

const name = "azure";
const GROUP = "sluice";
const PARTITIONS = 4;
const MODEL = "model";
/** For what is asked before there are any services. */
const NOWHERE = "http://127.0.0.1/none";

/** The adapters against emulated services. `services` is asked once the tests run. */
export function azureAdapters(services: () => AzureServices): Adapters {
  const preprocess: PreprocessCapabilities = {
    checkpoint: "always-advances",
    ordering: "per-key",
    countsDeliveries: true,
  };
  return {
    ingest: {
      name,
      capabilities: azureIngest({ hub: "sb://127.0.0.1:1/none" }).capabilities,
      faults: [...WHOLE, { code: "unavailable", partial: true }],
      open: () => observedIngest(services()),
    },
    infer: {
      name,
      capabilities: endpoint(NOWHERE).capabilities,
      faults: WHOLE,
      width: 4,
      open: () => model(services()),
    },
    store: {
      name,
      capabilities: azureStore({ container: `${NOWHERE}/dbs/d/colls/c` }).capabilities,
      faults: [...WHOLE, { code: "throttled", partial: true }],
      open: harness(services, ["cosmos"], (names) => adaptersOn(services(), names).store),
    },
    deadLetters: {
      name,
      capabilities: azureDeadLetters({ container: NOWHERE }).capabilities,
      faults: [...WHOLE, { code: "unavailable", partial: true }],
      open: harness(services, ["blob"], (names) => adaptersOn(services(), names).deadLetters),
    },
    actions: {
      name,
      capabilities: undefined,
      faults: WHOLE,
      open: harness(services, ["eventGrid"], (names) => ({
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

interface Names extends Provisioned {
  hubName: string;
  topicName: string;
}

/** A hub, containers, a queue and a topic that nobody else uses. */
async function provision(services: AzureServices): Promise<Names> {
  const id = randomUUID();
  const [hubName, topicName] = [`h-${id}`, `topic-${id}`];
  const urls = await services.provision({
    ...{ hub: hubName, partitions: PARTITIONS, consumerGroup: GROUP, container: `d-${id}/predictions` },
    ...{ deadLetters: `letters-${id}`, archive: `archive-${id}`, queue: `queue-${id}`, topic: topicName },
  });
  return { ...urls, hubName, topicName };
}

/** Adapters that give up after a few quick attempts: the contract asks what they say then. */
function adaptersOn(services: AzureServices, names: Names) {
  const { hub, container, deadLetters, queue, topic } = names;
  const hasty = { maxAttempts: 1, random: () => 0 };
  return {
    ingest: services.keep(azureIngest({ hub, maxAttempts: 2, random: () => 0 })),
    store: services.keep(azureStore({ ...hasty, container })),
    deadLetters: services.keep(azureDeadLetters({ ...hasty, container: deadLetters, queue })),
    actions: services.keep(azureActions({ ...hasty, topic, pipeline: testPipeline.name })),
  };
}

function harness<Port>(services: () => AzureServices, faulty: readonly ServiceName[], pick: (names: Names) => Port) {
  return harnessOn(services, faulty, provision, pick);
}

const ERRORS = { unavailable: "internal", throttled: "busy", credentials: "unauthorized" } as const;

async function observedIngest(services: AzureServices): Promise<Harness<ObservedIngest>> {
  const names = await provision(services);
  const { eventHubs } = services.services;
  const hub = eventHubs.hub(names.hubName);
  const open = (): ObservedIngest => ({
    ingest: adaptersOn(services, names).ingest,
    messages: async () => messagesOf(hub),
  });
  const heal = async () => eventHubs.faults.set(undefined);
  return {
    port: open(),
    restart: async () => open(),
    inject: async (fault) => {
      eventHubs.faults.set(refusing(fault));
      return heal;
    },
    tick: async () => {},
    close: heal,
  };
}

/** In part means: what goes to one of the partitions. */
function refusing({ code, partial }: ServiceFault): SendRule {
  const broken = String(partitionOfKey("k0", PARTITIONS));
  return ({ partition }) => (partial && partition !== broken ? undefined : { kind: "refuse", error: ERRORS[code] });
}

function messagesOf(hub: Hub): { body: string | Uint8Array; partition: string; offset: string }[] {
  return hub.partitionIds.flatMap((partition) =>
    hub
      .read(partition, 0, Number.MAX_SAFE_INTEGER)
      .map(({ body, offset }) => ({ body: textOrBytes(body), partition, offset })),
  );
}

async function* receivedOn({ services: { eventGrid } }: AzureServices, { topicName }: Names): AsyncGenerator<Action> {
  const seen = new Map(eventGrid.events(topicName).map(({ id, data }) => [id, data]));
  for (const data of seen.values()) yield data as unknown as Action;
}

async function deployment(services: AzureServices): Promise<Harness<Deployment>> {
  const names = await provision(services);
  const host = hostOf(services.services.eventHubs.hub(names.hubName), GROUP);
  return deploymentOn(host, () => ({
    ...watched(adaptersOn(services, names)),
    ...host.boot(),
    // A message may carry many events, so it does here.
    ingest: services.keep(azureIngest({ hub: names.hub, eventsPerMessage: 100 })),
    received: () => receivedOn(services, names),
  }));
}

/** A hub where time passes when the test says so, and what the function's archive makes of it. */
async function archived(services: AzureServices): Promise<Harness<ArchivedStream>> {
  const { archive: container } = await provision(services);
  const clock = manualClock({ auto: false });
  const eventHubs = await openEventHubs({ clock });
  const hub = eventHubs.createHub({ name: "events", partitions: 2 });
  const writer = archiveWriter({ container });
  const written = new Map(hub.partitionIds.map((partition) => [partition, 0]));
  /** As the function does it: what arrived in a partition, batch by batch. */
  const write = async () => {
    for (const [partition, from] of written) {
      const events = hub.read(partition, from, 100);
      if (events.length === 0) continue;
      await writer.write(
        partition,
        events.map(({ sequenceNumber: sequence, offset, enqueuedAt: time, body }) => ({
          sequence,
          offset,
          time,
          body,
        })),
      );
      written.set(partition, from + events.length);
    }
  };
  const flush = async () => {
    for (const partition of hub.partitionIds)
      while (written.get(partition)! <= hub.lastSequence(partition)) await write();
  };
  return archiveOn({
    open: () => ({
      ingest: services.keep(azureIngest({ hub: `sb://${eventHubs.endpoint}/events` })),
      archive: services.keep(azureArchive({ container, maxAttempts: 1 })),
    }),
    flush,
    clock,
    inject: (fault) => services.inject(fault, "blob"),
    close: async () => {
      services.faults.blob.set(undefined);
      await eventHubs.close();
    },
  });
}

/** The model server behind an emulated endpoint of Azure ML. */
function model({ services }: AzureServices): Promise<Harness<Infer>> {
  return modelHarness({
    front: async (url) => {
      const front = await openAzureMl({ endpoints: { [MODEL]: url }, identity: services.identity });
      return { endpoint: front.endpoint, close: () => front.close() };
    },
    infer: (address) => endpoint(`${address}/${MODEL}/score`),
    ruleFor,
  });
}

function endpoint(url: string): Infer {
  return azureInfer({ pipeline: pipelineFor("linear.onnx", {}), url, kind: "azure-ml", deployment: "blue" });
}
