import type { Clock } from "../../shared/clock";
import { type HttpFaults, openHttpFaults } from "../http-faults";
import { type AzureMlEmulator, type AzureMlOptions, openAzureMl } from "./azure-ml";
import { type CosmosEmulator, openCosmos } from "./cosmos";
import type { ContainerSettings } from "./cosmos/container";
import { type EventGridEmulator, openEventGrid } from "./event-grid";
import { type EventHubsEmulator, type EventHubsOptions, openEventHubs } from "./event-hubs";
import { type IdentityEmulator, openIdentity } from "./identity";
import { openStorage, type StorageEmulator } from "./storage";

export interface AzureEmulatorsOptions {
  /** Endpoints of Azure Machine Learning: see `openAzureMl`. Default none. */
  endpoints?: AzureMlOptions["endpoints"] | undefined;
  /** Request units per second of each container of Cosmos DB. Default: endless. */
  throughput?: number | undefined;
  eventHubs?: Pick<EventHubsOptions, "maxMessageBytes"> | undefined;
  clock?: Clock | undefined;
}

interface Services {
  identity: IdentityEmulator;
  cosmos: CosmosEmulator;
  storage: StorageEmulator;
  eventGrid: EventGridEmulator;
  azureMl: AzureMlEmulator;
  eventHubs: EventHubsEmulator;
}

/** Those that speak HTTP. */
export type AzureServiceName = "identity" | "cosmos" | "blob" | "queue" | "eventGrid" | "azureMl";

/** What is to be there before an application starts, by name; what is left out is not made. */
export interface Provision {
  hub?: string | undefined;
  /** Default 4. */
  partitions?: number | undefined;
  /** Besides `$Default`. */
  consumerGroup?: string | undefined;
  /** `database/container`. */
  container?: string | undefined;
  /** Of the container. */
  settings?: ContainerSettings | undefined;
  /** Blob containers. */
  deadLetters?: string | undefined;
  archive?: string | undefined;
  results?: string | undefined;
  queue?: string | undefined;
  topic?: string | undefined;
}

/** URLs, as an application is told them; "" for what was left out. */
export type Provisioned = Readonly<
  Record<"hub" | "container" | "deadLetters" | "archive" | "results" | "queue" | "topic", string>
>;

/** The Azure services of a pipeline on this machine, those of HTTP each behind a proxy that can do it harm. */
export interface AzureEmulators {
  /** What an application talks to, past the proxies alone Event Hubs (`host:port`), which has faults of its own. */
  readonly endpoints: Readonly<Record<AzureServiceName | "eventHubs", string>>;
  /** Where tokens come from, without which no service answers. */
  readonly environment: Readonly<Record<"IDENTITY_ENDPOINT" | "IDENTITY_HEADER", string>>;
  readonly faults: Readonly<Record<AzureServiceName, HttpFaults>>;
  /** The services themselves, past the proxies: what a test looks into. */
  readonly services: Readonly<Services>;
  provision(wanted: Provision): Promise<Provisioned>;
  close(): Promise<void>;
}

const EVENT_HUBS = "https://eventhubs.azure.net";

export async function openAzureEmulators(options: AzureEmulatorsOptions = {}): Promise<AzureEmulators> {
  const { endpoints: models = {}, throughput, clock } = options;
  const identity = await openIdentity({ clock });
  const [storage, cosmos, eventGrid, azureMl, eventHubs] = await Promise.all([
    openStorage({ identity }),
    openCosmos({ identity, throughput, clock }),
    openEventGrid({ identity }),
    openAzureMl({ endpoints: models, identity, clock }),
    openEventHubs({
      ...options.eventHubs,
      clock,
      // With `UseDevelopmentEmulator=true` the client signs by itself, with the key of the connection string.
      checkToken: ({ type, token }) => type !== "jwt" || identity.allows(`Bearer ${token}`, EVENT_HUBS),
    }),
  ]);
  const services = { identity, cosmos, storage, eventGrid, azureMl, eventHubs };
  const proxy = (url: string) => openHttpFaults({ target: new URL(url).origin, clock });
  const faults = {
    identity: await proxy(identity.endpoint),
    cosmos: await proxy(cosmos.endpoint),
    blob: await proxy(storage.blob),
    queue: await proxy(storage.queue),
    eventGrid: await proxy(eventGrid.endpoint),
    azureMl: await proxy(azureMl.endpoint),
  };
  const behind = (name: AzureServiceName, url: string) => faults[name].endpoint + new URL(url).pathname;

  return {
    endpoints: {
      identity: behind("identity", identity.url),
      cosmos: faults.cosmos.endpoint,
      blob: behind("blob", storage.blob),
      queue: behind("queue", storage.queue),
      eventGrid: faults.eventGrid.endpoint,
      azureMl: faults.azureMl.endpoint,
      eventHubs: eventHubs.endpoint,
    },
    environment: { IDENTITY_ENDPOINT: behind("identity", identity.url), IDENTITY_HEADER: identity.header },
    faults,
    services,
    provision: async ({ hub, partitions = 4, consumerGroup, container, settings, topic, ...wanted }) => {
      if (hub !== undefined)
        eventHubs.createHub({
          name: hub,
          partitions,
          consumerGroups: consumerGroup === undefined ? [] : [consumerGroup],
        });
      const box = async (name: string | undefined) =>
        name === undefined ? "" : behind("blob", await storage.createContainer(name));
      const [deadLetters, archive, results, queue] = await Promise.all([
        box(wanted.deadLetters),
        box(wanted.archive),
        box(wanted.results),
        wanted.queue === undefined ? "" : storage.createQueue(wanted.queue).then((url) => behind("queue", url)),
      ]);
      return {
        hub: hub === undefined ? "" : `sb://${eventHubs.endpoint}/${hub}`,
        container: container === undefined ? "" : behind("cosmos", cosmos.createContainer(container, settings)),
        deadLetters,
        archive,
        results,
        queue,
        topic: topic === undefined ? "" : behind("eventGrid", eventGrid.createTopic(topic)),
      };
    },
    close: async () => {
      const all = [...Object.values(faults), ...Object.values(services)];
      await Promise.all(all.map((server) => server.close()));
    },
  };
}
