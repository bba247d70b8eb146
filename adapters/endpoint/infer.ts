import { ConfigError, SluiceError } from "../../shared/errors";
import type { FeatureMatrix, ModelOutput } from "../../shared/matrix";
import type { Pipeline } from "../../shared/pipeline";
import type { Infer, ModelInfo } from "../../shared/ports";
import { joinOutputs, requestsOf, rowsPerRequest } from "./chunks";
import { type Misfit, misfitOf, outputsOf } from "./fit";
import { encodeRequest, REQUEST_TYPE } from "./request";
import { type Answer, decodeResponse } from "./response";

export interface EndpointInferOptions {
  pipeline: Pipeline;
  /** As `aws/infer`. */
  adapter: string;
  /** What a ConfigError names: the endpoint, as its user knows it. */
  where: string;
  /** One request. Resolves with the body of a successful answer, throws SluiceErrors, and ends when the signal aborts. */
  send(body: Uint8Array, contentType: string, signal: AbortSignal | undefined): Promise<Uint8Array>;
  /** Longest request and longest answer that the platform passes on, bytes. */
  maxRequestBytes: number;
  /** Most rows that the server takes in one request. Default: what ours does. */
  maxRows?: number | undefined;
  /** Frees what `send` uses. */
  close(): Promise<void>;
}

/** Most rows in one request to our model server, unless it is told otherwise. */
export const DEFAULT_MAX_ROWS = 10_000;

/**
 * Inference by our model server behind some platform's endpoint: one request for the whole matrix, or as few as its limits
 * allow. Numbers come back bit for bit as the model made them.
 *
 * The model behind an endpoint may be replaced while we run. The ModelInfo of `warmUp` is kept up to date: its version is
 * that of the last answer.
 *
 * @throws ConfigError, from `warmUp`, if the endpoint's model does not suit the pipeline.
 * @throws SluiceError, from `infer`: `model-input`, `model-output` and `oversize` blame the rows; the other codes do not.
 */
export function createEndpointInfer(options: EndpointInferOptions): Infer {
  const { pipeline, adapter, where, send, maxRequestBytes } = options;
  const { outputs: declared } = pipeline.model;
  const width = pipeline.featureNames.length;
  const limits = { maxRows: options.maxRows ?? DEFAULT_MAX_ROWS, maxBytes: maxRequestBytes };
  const maxRows = rowsPerRequest(width, declared, limits);
  const info: ModelInfo = { version: "", width };
  let closed = false;

  async function exchange(body: Uint8Array, signal: AbortSignal | undefined): Promise<Answer> {
    refuse(closed, signal, adapter);
    const answer = decodeResponse(await send(body, REQUEST_TYPE, signal));
    info.version = answer.model;
    return answer;
  }

  return {
    capabilities: { where: "endpoint", maxRows, maxRequestBytes },

    async warmUp({ signal } = {}) {
      const answer = await firstAnswer((body) => exchange(body, signal), width, where);
      const misfit = misfitOf(answer, declared, width);
      if (misfit) throw new ConfigError(misfit.what, where, misfit.fix);
      outputsOf(answer, declared, 1);
      return info;
    },

    async infer(features: FeatureMatrix, { signal } = {}) {
      refuse(closed, signal, adapter);
      if (features.width !== width)
        throw new SluiceError("model-input", "infer", `Rows have ${features.width} features instead of ${width}.`, {
          adapter,
        });
      if (features.rows === 0) return nothing(pipeline);
      const parts: ModelOutput[] = [];
      for (const { rows, body } of requestsOf(features, maxRows)) {
        const answer = await exchange(body, signal);
        const misfit = misfitOf(answer, declared, width);
        if (misfit) throw replaced(misfit, adapter);
        parts.push(outputsOf(answer, declared, rows));
      }
      return joinOutputs(parts);
    },

    async close() {
      closed = true;
      await options.close();
    },
  };
}

/** A real prediction. A model may have no answer for a row of zeros (a logarithm, a ratio); then a row of ones decides. */
async function firstAnswer(
  exchange: (body: Uint8Array) => Promise<Answer>,
  width: number,
  where: string,
): Promise<Answer> {
  const row = (fill: number) => encodeRequest({ rows: 1, width, data: new Float32Array(width).fill(fill) }, 0, 1);
  try {
    return await exchange(row(0));
  } catch (thrown) {
    if (!blamesRow(thrown)) throw thrown;
  }
  try {
    return await exchange(row(1));
  } catch (thrown) {
    if (!blamesRow(thrown)) throw thrown;
    throw new ConfigError(
      `the endpoint's model cannot predict a row of ${width} features: ${thrown.message}`,
      where,
      "Deploy the model that the pipeline's `model.file` names, and the pipeline with it.",
      { cause: thrown },
    );
  }
}

function blamesRow(thrown: unknown): thrown is SluiceError {
  return thrown instanceof SluiceError && !thrown.retryable;
}

/** The rows are not to blame for a model that was replaced by one of another shape, and their turn may come again. */
function replaced({ what, fix }: Misfit, adapter: string): SluiceError {
  return new SluiceError("internal", "infer", `The endpoint's model was replaced: ${what} ${fix}`, { adapter });
}

function refuse(closed: boolean, signal: AbortSignal | undefined, adapter: string): void {
  if (closed || signal?.aborted)
    throw new SluiceError("cancelled", "infer", closed ? "The endpoint is closed." : "The call was cancelled.", {
      adapter,
    });
}

function nothing({ model }: Pipeline): ModelOutput {
  return Object.fromEntries(Object.entries(model.outputs).map(([name, { width }]) => [name, { width, data: [] }]));
}
