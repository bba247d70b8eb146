import path from "node:path";
import { onnxInfer } from "../../adapters/onnx";
import { loadPipeline } from "../../adapters/pipeline-file";
import { shown } from "../../adapters/shown";
import { systemClock, systemRandom } from "../../adapters/system";
import type { Message } from "../../shared/delivery";
import { createEngine, type Engine } from "../../shared/engine";
import { decodeEnvelope, isEnvelope } from "../../shared/envelope";
import { ConfigError } from "../../shared/errors";
import type { Pipeline } from "../../shared/pipeline";
import type { ArchiveQuery } from "../../shared/ports";
import { databaseDirectory, openDatabase } from "../database";
import { chosenStack, type Deployment, localDeployment, openStack } from "../deployment";
import { Failure } from "../failure";
import { count, counted, duration, rate } from "../format";
import type { CommonOptions, DeploymentOptions } from "../options";
import { onInterrupt } from "../run/interrupt";
import { createTally, type TallyDump } from "../run/tally";
import { createTerminal, type Terminal } from "../terminal";
import { type Comparison, compare } from "./compare";

export interface ReplayOptions extends CommonOptions, DeploymentOptions {
  model?: string;
  into?: string;
  from?: number;
  to?: number;
  batch: number;
}

export async function executeReplay(options: ReplayOptions): Promise<void> {
  const terminal = createTerminal(options);
  const { pipeline, baseDir } = loadPipeline({ file: options.pipeline, model: options.model });
  const stack = chosenStack(options);
  const into = options.into === undefined ? undefined : path.resolve(options.into);
  if (stack === undefined && into === databaseDirectory(pipeline, options.database))
    throw new ConfigError("it is the database itself.", "option `--into`", "Name another directory, or leave it out.");

  const infer = onnxInfer({ pipeline, baseDir });
  const model = await infer.warmUp();
  const source = await open(options, stack, pipeline);
  const target =
    into === undefined
      ? source
      : localDeployment(await openDatabase({ directory: into, pipeline, partitions: source.partitions }));
  const tally = createTally();
  const engine = createEngine({
    pipeline,
    infer,
    store: target.store,
    deadLetters: target.deadLetters,
    actions: target.actions,
    clock: systemClock,
    random: systemRandom,
    telemetry: tally.telemetry,
  });
  const interrupt = onInterrupt({ onFirst: () => {}, onSecond: () => process.exit(1) });
  const startedAt = systemClock.monotonic();
  try {
    terminal.note(`replaying ${source.location} with model ${model.version}${into ? ` into ${shown(into)}` : ""} ...`);
    await replay(source, engine, options, interrupt.signal);
    const elapsedMs = systemClock.monotonic() - startedAt;
    if (interrupt.signal.aborted)
      throw new Failure("interrupted; run the same command again: what is stored is not stored twice.");
    const comparison = into === undefined ? undefined : await compare(source, target);
    tell({ counts: tally.dump(), comparison, elapsedMs, source, into, modelVersion: model.version }, terminal);
  } finally {
    interrupt.dispose();
    await infer.close();
    await source.close();
    if (target !== source) await target.close();
  }
}

async function open(options: ReplayOptions, stack: string | undefined, pipeline: Pipeline): Promise<Deployment> {
  if (stack !== undefined) return openStack(stack, { outputs: options.outputs, pipeline });
  const directory = databaseDirectory(pipeline, options.database);
  return localDeployment(await openDatabase({ directory, pipeline, create: false }));
}

/** Reads messages back, a batch of one partition at a time, and has the engine process them like a first delivery. */
async function replay(
  { archive, source }: Deployment,
  engine: Engine,
  options: ReplayOptions,
  signal: AbortSignal,
): Promise<void> {
  const query: ArchiveQuery = {
    ...(options.from !== undefined && { from: options.from }),
    ...(options.to !== undefined && { to: options.to }),
  };
  const waiting = new Map<string, { messages: Message[]; events: number }>();
  const flush = async (partition: string) => {
    const messages = waiting.get(partition)?.messages ?? [];
    waiting.delete(partition);
    // The position of the first delivery: a dead letter that is there already is the same letter.
    const delivery = { source, partition, messages, ordered: false, attempt: 1, lastAttempt: false };
    const outcome = await engine.processBatch(delivery);
    if (outcome.firstRetry !== -1)
      throw new Failure(
        `${counted(outcome.retried, "event")} could not be processed (${outcome.retryCode}). Run the same command again.`,
      );
  };
  for await (const { body, partition, offset } of archive.read(query)) {
    if (signal.aborted) return;
    const batch = waiting.get(partition) ?? { messages: [], events: 0 };
    waiting.set(partition, batch);
    batch.messages.push({ body, offset });
    batch.events += isEnvelope(body) ? (decodeEnvelope(body)?.events.length ?? 1) : 1;
    if (batch.events >= options.batch) await flush(partition);
  }
  for (const partition of [...waiting.keys()]) if (!signal.aborted) await flush(partition);
}

interface Told {
  counts: TallyDump;
  comparison: Comparison | undefined;
  elapsedMs: number;
  source: Deployment;
  into: string | undefined;
  modelVersion: string;
}

function tell({ counts, comparison, elapsedMs, source, into, modelVersion }: Told, terminal: Terminal): void {
  const { received: replayed, stored, duplicates: alreadyStored, deadLettered: total, reasons: byReason } = counts;
  const deadLettered = { total, byReason };
  if (terminal.json) {
    terminal.data({
      replayed,
      stored,
      alreadyStored,
      deadLettered,
      elapsedMs,
      modelVersion,
      ...source.identity,
      into: into ?? null,
      comparison: comparison ?? null,
    });
    return;
  }
  terminal.print(
    `${counted(replayed, "event")} replayed in ${duration(elapsedMs)} (${rate((replayed / elapsedMs) * 1_000)})`,
  );
  terminal.print(`  ${count(stored)} stored, ${count(alreadyStored)} already there, ${count(total)} dead letters`);
  if (!comparison) return;
  const { compared, different, onlyNew, onlyOld, fields } = comparison;
  terminal.print(
    `  compared with ${source.location}: ${count(different)} of ${counted(compared, "prediction")} differ`,
  );
  for (const [name, field] of Object.entries(fields)) {
    const most = field.largest === null ? "" : `, at most by ${field.largest.toPrecision(3)}`;
    if (field.different > 0) terminal.print(`    ${name}: ${count(field.different)}${most}`);
  }
  if (onlyNew > 0) terminal.print(`  ${count(onlyNew)} only in ${shown(into ?? "")}`);
  if (onlyOld > 0) terminal.print(`  ${count(onlyOld)} not in ${shown(into ?? "")}`);
}
