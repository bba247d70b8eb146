import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from "aws-lambda";
import { awsPreprocess } from "../../adapters/aws/preprocess";
import { awsStore } from "../../adapters/aws/store";
import { emfTelemetry } from "../../adapters/aws/telemetry";
import { systemClock, systemRandom } from "../../adapters/system";
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
import type { Settings } from "./settings";

export interface HandlerOptions {
  pipeline: Pipeline;
  settings: Settings;
  infer: Infer;
  /** Instead of the table. */
  store?: Store | undefined;
  /** Instead of clients of the adapters' own. */
  clients?: { dynamodb?: DynamoDBClient; s3?: S3Client; eventbridge?: EventBridgeClient } | undefined;
  telemetry?: Telemetry | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
}

/** What Lambda calls: async, because its Node 24 has no callbacks any more. */
export type Handler = (
  event: KinesisStreamEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
) => Promise<KinesisStreamBatchResponse>;

/**
 * Kept back for the answer. A function that runs out of time answers nothing, and the whole batch comes again; one call
 * that does not heed its signal at once, or a collection of garbage, must not get us there.
 */
const RESERVE_MS = 2_000;

/** What `awsDeadLetters` says of itself, known before its code is loaded. */
export const DEAD_LETTERS: DeadLetterCapabilities = { payload: true, maxEventBytes: 10 * 1024 * 1024 };

/**
 * The function: engine and adapters, wired by its settings, with the model warm. A model that is not there yet, such as an
 * endpoint that is starting, stops nobody: the first batch tries again.
 * @throws ConfigError if the parts do not fit together.
 */
export async function createHandler(options: HandlerOptions): Promise<Handler> {
  const { pipeline, infer, clock = systemClock, random = systemRandom } = options;
  const preprocess = awsPreprocess({ clock });
  const deadLetters = openDeadLetters(options);
  checkLimits(pipeline, DEAD_LETTERS, "a Kinesis record is smaller than that.");
  const engine = createEngine({
    pipeline,
    infer,
    store: options.store ?? openStore(options),
    deadLetters,
    actions: actionsOf(options),
    clock,
    random,
    telemetry: options.telemetry ?? emfTelemetry({ pipeline: pipeline.name, clock }),
    reserveMs: RESERVE_MS,
  });
  await warmUp(engine, clock);

  return async (event, context) => {
    const delivery = preprocess.receive({ event, context });
    return preprocess.answer(delivery, await engine.processBatch(delivery));
  };
}

function openStore({ settings, clients = {}, clock, random }: HandlerOptions): Store {
  const { table, bucket, ttlDays, latest, ndjsonPrefix } = settings;
  const ndjson = ndjsonPrefix === undefined ? undefined : { bucket, prefix: ndjsonPrefix };
  return awsStore({ table, ttlDays, latest, ndjson, client: clients.dynamodb, objects: clients.s3, clock, random });
}

function openDeadLetters({ pipeline, settings, clients = {}, clock, random }: HandlerOptions): DeadLetterStore {
  return lazyDeadLetters(DEAD_LETTERS, async () => {
    const { awsDeadLetters } = await import("../../adapters/aws/deadletter");
    return awsDeadLetters({ bucket: settings.bucket, pipeline: pipeline.name, client: clients.s3, clock, random });
  });
}

function actionsOf({ pipeline, settings, clients = {} }: HandlerOptions): Actions | undefined {
  return openActions(pipeline, settings.bus, "SLUICE_BUS names no event bus", async (bus) => {
    const { awsActions } = await import("../../adapters/aws/actions");
    return awsActions({ bus, pipeline: pipeline.name, client: clients.eventbridge });
  });
}
