import type { LocalDatabase } from "../adapters/local";
import { loadPipeline } from "../adapters/pipeline-file";
import { shown } from "../adapters/shown";
import type { StackOutputs } from "../adapters/stack-outputs";
import type { DeadLetter } from "../shared/deadletter";
import { ConfigError } from "../shared/errors";
import type { Pipeline } from "../shared/pipeline";
import type {
  Actions,
  Archive,
  CallOptions,
  DeadLetterStore,
  Ingest,
  PredictionQuery,
  Store,
  StoredPrediction,
} from "../shared/ports";
import { findDatabase } from "./database";
import { type DeploymentOptions, quoted } from "./options";

/** Where a pipeline runs: the embedded database, or a stack in a cloud. */
export interface Deployment {
  /** For people, within a sentence. */
  readonly location: string;
  /** For programs: part of a command's JSON. */
  readonly identity: Readonly<Record<string, string>>;
  /** The stream's name, which is the first part of every source position. */
  readonly source: string;
  /** Of the stream; undefined where the platform decides. */
  readonly partitions: number | undefined;
  readonly ingest: Ingest;
  readonly store: Store & { query(query: PredictionQuery, options?: CallOptions): AsyncIterable<StoredPrediction> };
  readonly deadLetters: DeadLetterStore & { get(id: string): Promise<DeadLetter | undefined> };
  readonly actions: Actions;
  readonly archive: Archive;
  /** How many predictions are stored; reads the whole table where nobody counts them. */
  countPredictions(): Promise<number>;
  /** The command that processes what was sent, where one is needed. */
  readonly nextCommand: ((pipelineFile: string | undefined) => string) | undefined;
  close(): Promise<void>;
}

/** The stack of the options; undefined if they mean a database. @throws ConfigError if they mean both. */
export function chosenStack({ database, stack, outputs }: DeploymentOptions): string | undefined {
  if (stack !== undefined && database !== undefined)
    throw new ConfigError("there can only be one place.", "options `--database` and `--stack`", "Leave one out.");
  if (stack === undefined && outputs !== undefined)
    throw new ConfigError("it belongs to a stack.", "option `--outputs`", "Name the stack with `--stack`.");
  return stack;
}

/** Opens the database or the stack of the options and closes it afterwards. */
export async function withDeployment<T>(
  options: DeploymentOptions,
  run: (deployment: Deployment, pipeline: Pipeline | undefined) => Promise<T>,
): Promise<T> {
  const { database, outputs, pipeline: file } = options;
  const stack = chosenStack(options);
  const pipeline = file === undefined ? undefined : loadPipeline({ file }).pipeline;
  const deployment =
    stack === undefined
      ? localDeployment(await findDatabase({ database, pipeline }))
      : await openStack(stack, { outputs, pipeline });
  try {
    return await run(deployment, pipeline);
  } finally {
    await deployment.close();
  }
}

/** Opens the stack that was chosen. @throws ConfigError if it is not there, or runs another pipeline. */
export async function openStack(
  stack: string,
  { outputs, pipeline }: { outputs?: string | undefined; pipeline?: Pipeline | undefined },
): Promise<Deployment> {
  const { readOutputs } = await import("./stack");
  const found = await readOutputs({ stack, outputs });
  if (pipeline && pipeline.name !== found.pipeline)
    throw new ConfigError(
      `it runs the pipeline ${JSON.stringify(found.pipeline)}, not ${JSON.stringify(pipeline.name)}.`,
      `stack ${JSON.stringify(stack)}`,
      "Name that pipeline's file with `--pipeline`, or another stack.",
    );
  return cloudDeployment(found, stack);
}

/** The adapters of a stack's cloud on the stack's resources. */
export async function cloudDeployment(outputs: StackOutputs, stack: string): Promise<Deployment> {
  const { cloud, region } = outputs;
  const adapters = await openAdapters(outputs, stack);
  return {
    location: `stack ${stack} (${cloud}, ${region})`,
    identity: { stack, cloud, region },
    source: outputs.ingest,
    partitions: undefined,
    ...adapters,
    countPredictions: () => countRows(adapters.store),
    // The function runs by itself.
    nextCommand: undefined,
  };
}

async function countRows(store: Deployment["store"]): Promise<number> {
  let rows = 0;
  for await (const _ of store.query({ limit: Number.MAX_SAFE_INTEGER })) rows++;
  return rows;
}

type Adapters = Pick<Deployment, "ingest" | "store" | "deadLetters" | "actions" | "archive" | "close">;

/** Only the chosen cloud's SDK is loaded. */
async function openAdapters(outputs: StackOutputs, stack: string): Promise<Adapters> {
  switch (outputs.cloud) {
    case "aws":
      return (await import("../adapters/aws")).openAws(
        {
          stream: outputs.ingest,
          table: outputs.store,
          bucket: outputs.deadLetters,
          bus: outputs.actions,
          pipeline: outputs.pipeline,
        },
        { region: outputs.region },
      );
    case "gcp":
      return (await import("../adapters/gcp")).openGcp({
        topic: outputs.ingest,
        collection: outputs.store,
        subscription: outputs.deadLetters,
        bucket: outputs.archive,
        actionsTopic: outputs.actions,
        pipeline: outputs.pipeline,
      });
    case "azure":
      return (await import("../adapters/azure")).openAzure({
        hub: outputs.ingest,
        container: outputs.store,
        deadLetters: outputs.deadLetters,
        archive: outputs.archive,
        topic: outputs.actions,
        pipeline: outputs.pipeline,
      });
    default:
      throw new ConfigError(
        `it is on ${JSON.stringify(outputs.cloud)}, and this version of Sluice has no adapters for that.`,
        `stack ${JSON.stringify(stack)}`,
        "Use a newer version.",
      );
  }
}

/** The embedded database as a deployment. */
export function localDeployment(database: LocalDatabase): Deployment {
  const { directory, name, partitions, ingest, store, deadLetters, actions, archive } = database;
  return {
    location: shown(directory),
    identity: { database: directory },
    source: name,
    partitions,
    ...{ ingest, store, deadLetters, actions, archive },
    countPredictions: async () => database.stats().predictions,
    nextCommand: (file) =>
      `work --pipeline ${file === undefined ? "<pipeline file>" : quoted(file)} --database ${quoted(shown(directory))} --until-drained`,
    close: () => database.close(),
  };
}
