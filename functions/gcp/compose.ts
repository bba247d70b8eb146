import type { GcpClient, GcpCredentials } from "../../adapters/gcp/client";
import { gcpPreprocess } from "../../adapters/gcp/preprocess";
import { gcpStore } from "../../adapters/gcp/store";
import { logTelemetry } from "../../adapters/gcp/telemetry";
import { systemClock, systemRandom } from "../../adapters/system";
import { microBatched } from "../../shared/batcher";
import type { DeadLetterCapabilities } from "../../shared/capabilities";
import type { Clock, Random } from "../../shared/clock";
import { createEngine } from "../../shared/engine";
import type { Pipeline } from "../../shared/pipeline";
import type { Actions, DeadLetterStore, Infer, Store } from "../../shared/ports";
import type { Telemetry } from "../../shared/telemetry";
import { openActions } from "../actions";
import { lazyDeadLetters } from "../lazy";
import { checkLimits } from "../limits";
import { warmUp } from "../warm-up";
import { createRequests, type PushHandler } from "./requests";
import type { Settings } from "./settings";

export interface HandlerOptions {
  pipeline: Pipeline;
  settings: Settings;
  infer: Infer;
  /** Calls of the model under way at once. */
  maxInFlight: number;
  /** Instead of Firestore. */
  store?: Store | undefined;
  /** Instead of clients of the adapters' own. */
  clients?: { firestore?: GcpClient; pubsub?: GcpClient } | undefined;
  /** Shared by all that the function calls. */
  credentials?: GcpCredentials | undefined;
  telemetry?: Telemetry | undefined;
  /** Takes one line of the log, with its line break. Default: standard error. */
  writeLog?: ((line: string) => void) | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
}

/**
 * The part of a request's time that a batch may use. The rest is for the answer: what comes too late counts as none, and
 * the message comes again.
 */
const DEADLINE_PART = 0.8;

/** What `gcpDeadLetters` says of itself, known before its code is loaded. */
export const DEAD_LETTERS: DeadLetterCapabilities = { payload: true, maxEventBytes: 5 * 1024 * 1024 };

/**
 * The function: engine and adapters, wired by its settings, with the model warm. All requests share one engine and one
 * model, whose calls are joined while it is busy. An endpoint that is not there yet, such as one that is starting, stops
 * nobody: the first message tries again.
 * @throws ConfigError if the parts do not fit together.
 */
export async function createHandler(options: HandlerOptions): Promise<PushHandler> {
  const { pipeline, settings, infer, maxInFlight, clock = systemClock, random = systemRandom } = options;
  const preprocess = gcpPreprocess({ deadlineMs: settings.timeoutMs * DEADLINE_PART, clock });
  const deadLetters = openDeadLetters(options);
  checkLimits(pipeline, DEAD_LETTERS, "a dead letter is a message of Pub/Sub, with the event in base64.");
  const engine = createEngine({
    pipeline,
    infer: microBatched(infer, { maxInFlight }),
    store: options.store ?? openStore(options),
    deadLetters,
    actions: actionsOf(options),
    clock,
    random,
    telemetry: options.telemetry ?? logTelemetry({ pipeline: pipeline.name, clock }),
  });
  const model = await warmUp(engine, clock);
  const log = logger(options);

  return createRequests({
    process: async (body, signal) => {
      const delivery = preprocess.receive({ body, signal });
      return preprocess.answer(delivery, await engine.processBatch(delivery));
    },
    verify: await openVerifier(options, log),
    ready: () => ({ pipeline: pipeline.name, model: model?.version ?? "" }),
    log,
    clock,
  });
}

function openStore({ settings, clients = {}, credentials, clock, random }: HandlerOptions): Store {
  const { collection, resultsTopic, ttlDays } = settings;
  const { firestore: client, pubsub: publisher } = clients;
  return gcpStore({ collection, resultsTopic, ttlDays, client, publisher, credentials, clock, random });
}

function openDeadLetters({ pipeline, settings, clients = {}, credentials, clock }: HandlerOptions): DeadLetterStore {
  const { deadTopic: topic } = settings;
  return lazyDeadLetters(DEAD_LETTERS, async () => {
    const { gcpDeadLetters } = await import("../../adapters/gcp/deadletter");
    // No subscription: the function puts letters there, and never looks at them.
    const none = { subscription: "", pipeline: pipeline.name };
    return gcpDeadLetters({ ...none, topic, client: clients.pubsub, credentials, clock });
  });
}

function actionsOf({ pipeline, settings, clients = {}, credentials, clock }: HandlerOptions): Actions | undefined {
  return openActions(pipeline, settings.actionsTopic, "SLUICE_ACTIONS_TOPIC names no topic", async (topic) => {
    const { gcpActions } = await import("../../adapters/gcp/actions");
    return gcpActions({ topic, client: clients.pubsub, credentials, clock });
  });
}

async function openVerifier({ settings: { push }, clock }: HandlerOptions, log: (why: string) => void) {
  if (push === undefined) return undefined;
  const { audience, account, keys } = push;
  const [{ verifyPush }, { googleKeys }] = await Promise.all([
    import("../../adapters/gcp/preprocess/verify"),
    import("../../adapters/gcp/preprocess/keys"),
  ]);
  return verifyPush({ audience, account, fetchKeys: googleKeys(keys), log, clock });
}

/** What no batch's line says: why a request got no answer. */
function logger({ writeLog = (line) => process.stderr.write(line), clock = systemClock }: HandlerOptions) {
  return (message: string) =>
    writeLog(`${JSON.stringify({ severity: "ERROR", time: new Date(clock.now()).toISOString(), message })}\n`);
}
