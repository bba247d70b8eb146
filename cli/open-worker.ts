import { onnxInfer } from "../adapters/onnx";
import { type LoadOptions, loadPipeline } from "../adapters/pipeline-file";
import { systemClock, systemRandom } from "../adapters/system";
import { runWorker, type WorkerOptions, type WorkerSummary } from "../functions/local/worker";
import { createEngine } from "../shared/engine";
import type { ModelInfo } from "../shared/ports";
import type { Telemetry } from "../shared/telemetry";
import { openDatabase } from "./database";

export interface OpenWorkerOptions {
  load: LoadOptions;
  directory: string;
  group: string;
  /** For people to read. */
  name: string;
  /** Events per batch. */
  batchEvents: number;
  leaseMs: number;
  telemetry: Telemetry;
}

export interface OpenedWorker {
  model: ModelInfo;
  run(options: Pick<WorkerOptions, "signal" | "untilDrained" | "idleMs">): Promise<WorkerSummary>;
  close(): Promise<void>;
}

/** A pipeline, its model (loaded, one prediction made) and its database, ready to take work. @throws ConfigError */
export async function openWorker(options: OpenWorkerOptions): Promise<OpenedWorker> {
  const { group, name, batchEvents, leaseMs, telemetry } = options;
  const { pipeline, baseDir } = loadPipeline(options.load);
  const infer = onnxInfer({ pipeline, baseDir });
  const model = await infer.warmUp();
  const database = await openDatabase({ directory: options.directory, pipeline });
  const engine = createEngine({
    pipeline,
    infer,
    store: database.store,
    deadLetters: database.deadLetters,
    actions: database.actions,
    clock: systemClock,
    random: systemRandom,
    telemetry,
  });
  return {
    model,
    run: (how) => runWorker({ database, engine, group, worker: name, leaseMs, batchEvents, ...how }),
    close: async () => {
      await infer.close();
      await database.close();
    },
  };
}
