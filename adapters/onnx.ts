import path from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import {
  type CallOptions,
  ConfigError,
  type Infer,
  type InferCapabilities,
  type ModelInfo,
  type ModelOutput,
  type Pipeline,
  SluiceError,
} from "../shared";
import { runError } from "./onnx/errors";
import { fitModel, modelWhere } from "./onnx/fit";
import { columns, type Model, run } from "./onnx/run";
import { openModel } from "./onnx/session";
import { tryModel } from "./onnx/trial";

export interface OnnxOptions {
  pipeline: Pipeline;
  /** The folder that `model.file` is relative to: the pipeline file's. */
  baseDir: string;
  /**
   * Threads inside one run. Default 1: a run of a small model is too short to share, and processes scale better. Two
   * threads help from some hundred rows per run on, and cost more CPU per row.
   */
  threads?: number;
}

/** In-process inference. */
export interface OnnxInfer extends Infer {
  /** The onnxruntime session itself, for what this port does not offer. It belongs to this object: do not release it. */
  client(options?: CallOptions): Promise<InferenceSession>;
}

interface Ready {
  model: Model;
  info: ModelInfo;
  release(): Promise<void>;
}

const CAPABILITIES: InferCapabilities = {
  where: "in-process",
  // Only memory bounds a run. It blocks the event loop while it lasts, so the engine's micro-batches are the bound that matters.
  maxRows: Number.MAX_SAFE_INTEGER,
  maxRequestBytes: undefined,
};

/**
 * Inference with onnxruntime-node in this process: one run per call, whatever the number of rows. The model is loaded and
 * tried on first use; objects for the same file content and thread count share one session, which the last `close` frees.
 *
 * Model: one float32 or float64 input of shape [any, features] (float64 receives the features as rounded to float32), and
 * outputs of any shape with as many values per row as the pipeline declares. Model version: hash of the file.
 *
 * @throws ConfigError, from every call that loads the model, if the file or the model does not suit the pipeline.
 * @throws SluiceError, from `infer`: `model-input` and `model-output` blame the rows; `unavailable`, `cancelled` and `internal` do not.
 */
export function onnxInfer({ pipeline, baseDir, threads = 1 }: OnnxOptions): OnnxInfer {
  if (!Number.isInteger(threads) || threads < 1)
    throw new ConfigError(
      `${threads} is not a number of threads.`,
      "option `threads`",
      "Use a whole number from 1 on.",
    );
  const file = path.resolve(baseDir, pipeline.model.file);
  const width = pipeline.featureNames.length;
  const nothing = emptyOutput(pipeline);

  let ready: Ready | undefined;
  let loading: Promise<Ready> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let closed = false;

  function load(): Promise<Ready> {
    // A failure is not kept: the next call tries again, when the file or the memory may be there.
    loading ??= openReady(pipeline, file, threads).then(
      (opened) => {
        ready = opened;
        return opened;
      },
      (thrown) => {
        loading = undefined;
        throw thrown;
      },
    );
    return loading;
  }

  async function use(signal: AbortSignal | undefined): Promise<Ready> {
    refuse(closed, signal);
    const opened = await load();
    refuse(closed, signal);
    return opened;
  }

  return {
    capabilities: CAPABILITIES,

    async warmUp({ signal } = {}) {
      return (await use(signal)).info;
    },

    async client({ signal } = {}) {
      return (await use(signal)).model.session;
    },

    async infer(features, { signal } = {}) {
      refuse(closed, signal);
      if (features.width !== width)
        throw new SluiceError("model-input", "infer", `Rows have ${features.width} features instead of ${width}.`, {
          adapter: "onnx",
        });
      if (features.rows === 0) return nothing;

      const { model } = ready ?? (await use(signal));
      let results: InferenceSession.ReturnType;
      try {
        const started = run(model, features);
        running = started;
        results = await started;
      } catch (thrown) {
        throw runError(thrown);
      }
      return columns(model, results, features.rows);
    },

    async close() {
      closed = true;
      // Runs are executed in the order of their calls: when the last one is done, none needs the session.
      await running.catch(() => undefined);
      await (await loading?.catch(() => undefined))?.release();
    },
  };
}

async function openReady(pipeline: Pipeline, file: string, threads: number): Promise<Ready> {
  const { runtime, session, version, release } = await openModel(file, threads);
  const width = pipeline.featureNames.length;
  try {
    const model = fitModel(pipeline, file, runtime, session);
    await tryModel(model, width, modelWhere(pipeline, file));
    return { model, info: { version, width }, release };
  } catch (thrown) {
    await release();
    throw thrown;
  }
}

function refuse(closed: boolean, signal: AbortSignal | undefined): void {
  if (closed || signal?.aborted)
    throw new SluiceError("cancelled", "infer", closed ? "The model is closed." : "The call was cancelled.", {
      adapter: "onnx",
    });
}

function emptyOutput(pipeline: Pipeline): ModelOutput {
  const column = ([name, { width, type }]: [string, { width: number; type?: "number" | "string" }]) =>
    [name, { width, data: type === "string" ? [] : new Float32Array(0) }] as const;
  return Object.fromEntries(Object.entries(pipeline.model.outputs).map(column));
}
