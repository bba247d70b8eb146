import { blobContainer } from "../../adapters/azure/blob";
import { type AzureCredentials, azureCredentials } from "../../adapters/azure/client";
import { azurePreprocess } from "../../adapters/azure/preprocess";
import { azureStore } from "../../adapters/azure/store";
import { logTelemetry } from "../../adapters/azure/telemetry";
import { systemClock, systemRandom } from "../../adapters/system";
import { microBatched } from "../../shared/batcher";
import type { DeadLetterCapabilities } from "../../shared/capabilities";
import type { Clock, Random } from "../../shared/clock";
import type { Delivery } from "../../shared/delivery";
import { createEngine } from "../../shared/engine";
import type { Pipeline } from "../../shared/pipeline";
import type { Actions, DeadLetterStore, Infer, Store } from "../../shared/ports";
import type { Telemetry } from "../../shared/telemetry";
import { openActions } from "../actions";
import { lazyDeadLetters } from "../lazy";
import { checkLimits } from "../limits";
import { warmUp } from "../warm-up";
import { openArchive } from "./archive";
import { createBatches, type Handler } from "./batches";
import { createGuard } from "./guard";
import { buryWith } from "./guard/bury";
import { blobMarkers, type Markers } from "./guard/markers";
import type { Settings } from "./settings";

export interface HandlerOptions {
  pipeline: Pipeline;
  settings: Settings;
  infer: Infer;
  /** Calls of the model under way at once. */
  maxInFlight: number;
  /** Instead of Cosmos DB. */
  store?: Store | undefined;
  /** Instead of blobs beside the dead letters. */
  markers?: Markers | undefined;
  /** Shared by all that the function calls. */
  credentials?: AzureCredentials | undefined;
  telemetry?: Telemetry | undefined;
  /** Takes one line of the log, with its line break. Default: standard error. */
  writeLog?: ((line: string) => void) | undefined;
  /** Aborts when the host ends the process: what is under way is handed back. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
}

/** What every part gets. */
type Parts = HandlerOptions & { credentials: AzureCredentials; clock: Clock; random: Random };

/** The part of the host's timeout that a batch may use. At its end the host ends the process, with all that is in it. */
const DEADLINE_PART = 0.8;

/** What `azureDeadLetters` says of itself, known before its code is loaded. */
export const DEAD_LETTERS: DeadLetterCapabilities = { payload: true, maxEventBytes: 10 * 1024 * 1024 };

/**
 * The function: engine and adapters, wired by its settings, with the model warm. The batches of all partitions share one
 * engine and one model, whose calls are joined while it is busy. A model that is not there yet, such as an endpoint that is
 * starting, stops nobody: the first batch tries again.
 * @throws ConfigError if the parts do not fit together.
 */
export async function createHandler(options: HandlerOptions): Promise<Handler> {
  const { clock = systemClock, random = systemRandom } = options;
  const parts = { ...options, clock, random, credentials: options.credentials ?? azureCredentials({ clock }) };
  const { pipeline, settings, infer, maxInFlight, signal } = parts;
  const deadLetters = openDeadLetters(parts);
  checkLimits(pipeline, DEAD_LETTERS, "a message of Event Hubs is smaller than that.");
  const { store, telemetry } = openStore(parts);
  const engine = createEngine({
    pipeline,
    infer: microBatched(infer, { maxInFlight }),
    store,
    deadLetters,
    actions: actionsOf(parts),
    clock,
    random,
    telemetry,
  });
  await warmUp(engine, clock);

  return createBatches({
    preprocess: azurePreprocess({ retries: settings.retries, deadlineMs: settings.timeoutMs * DEADLINE_PART, clock }),
    guard: createGuard({
      processBatch: (delivery) => engine.processBatch(unlessEnding(delivery)),
      bury: buryWith({ pipeline, deadLetters, telemetry, clock }),
      markers: parts.markers ?? openMarkers(parts),
      log: logger(parts),
      clock,
    }),
    archive: settings.archive === undefined ? undefined : openArchive({ ...parts, container: settings.archive }),
    signal,
  });
}

/** The last attempt is ours, not the host's: when the process is ended, what is left goes to the next one. */
function unlessEnding(delivery: Delivery): Delivery {
  const { lastAttempt, signal } = delivery;
  return {
    ...delivery,
    get lastAttempt() {
      return lastAttempt && signal?.aborted !== true;
    },
  };
}

function openStore(parts: Parts): { store: Store; telemetry: Telemetry } {
  const { pipeline, settings, credentials, clock, random } = parts;
  const { container, results, ttlDays, latest } = settings;
  const ndjson = results === undefined ? undefined : { container: results };
  const own = azureStore({ container, ndjson, ttlDays, latest, credentials, clock, random });
  const { requestUnits } = own;
  return {
    store: parts.store ?? own,
    telemetry: parts.telemetry ?? logTelemetry({ pipeline: pipeline.name, requestUnits, clock }),
  };
}

function openDeadLetters({ settings, credentials, clock, random }: Parts): DeadLetterStore {
  const { deadLetters: container, deadQueue: queue } = settings;
  return lazyDeadLetters(DEAD_LETTERS, async () => {
    const { azureDeadLetters } = await import("../../adapters/azure/deadletter");
    return azureDeadLetters({ container, queue, credentials, clock, random });
  });
}

function actionsOf({ pipeline, settings, credentials, clock }: Parts): Actions | undefined {
  return openActions(pipeline, settings.actions, "SLUICE_ACTIONS names no topic", async (topic) => {
    const { azureActions } = await import("../../adapters/azure/actions");
    return azureActions({ topic, pipeline: pipeline.name, credentials, clock });
  });
}

function openMarkers({ settings, credentials, clock, random }: Parts): Markers {
  const { deadLetters: container, hub, consumerGroup } = settings;
  const place = { stage: "engine", adapter: "azure/guard", coordinates: { container } } as const;
  const blobs = blobContainer({ container, place, credentials, clock, random });
  return blobMarkers(blobs, `${hub}/${consumerGroup}`);
}

/** What no batch's line says. */
function logger({ writeLog = (line) => process.stderr.write(line), clock }: Parts) {
  return (message: string) =>
    writeLog(`${JSON.stringify({ level: "warning", time: new Date(clock.now()).toISOString(), message })}\n`);
}
