import type { InferenceSession } from "onnxruntime-node";
import { NUMBER_TYPES } from "../../adapters/onnx/columns";
import { runError } from "../../adapters/onnx/errors";
import { columns, type Model, run } from "../../adapters/onnx/run";
import { type OpenModel, openModel } from "../../adapters/onnx/session";
import { tryModel } from "../../adapters/onnx/trial";
import { ConfigError } from "../../shared/errors";
import type { Infer, ModelInfo } from "../../shared/ports";
import { type FoundModel, findModel } from "./find";

/** A model that has predicted, without a pipeline: all it needs to know it says itself. */
export interface ServedModel extends Infer {
  readonly info: ModelInfo;
  /** Names of the outputs in the answer. */
  readonly outputs: readonly string[];
}

type Metadata = InferenceSession.ValueMetadata;

/**
 * Loads a model out of the first of the folders that holds one, and makes real predictions with it.
 * @throws ConfigError if there is no model or none that can be served.
 */
export async function openServedModel(folders: readonly string[], threads: number): Promise<ServedModel> {
  const found = await findModel(folders);
  const open = await openModel(found.file, threads);
  try {
    const where = `model file ${found.file}`;
    const { width, model: unmeasured } = readModel(found, open, where);
    const model = { ...unmeasured, outputs: await measured(unmeasured, width) };
    await tryModel(model, width, where);
    return served(model, { version: open.version, width }, open);
  } catch (thrown) {
    await open.release();
    throw thrown;
  }
}

function served(model: Model, info: ModelInfo, { release }: OpenModel): ServedModel {
  return {
    info,
    outputs: model.fetches,
    capabilities: { where: "in-process", maxRows: Number.MAX_SAFE_INTEGER, maxRequestBytes: undefined },
    warmUp: async () => info,
    infer: async (features) => {
      if (features.rows === 0)
        return Object.fromEntries(model.outputs.map(({ name, width }) => [name, { width, data: [] }]));
      let results: InferenceSession.ReturnType;
      try {
        results = await run(model, features);
      } catch (thrown) {
        throw runError(thrown);
      }
      return columns(model, results, features.rows);
    },
    close: release,
  };
}

function readModel({ description }: FoundModel, { session, runtime }: OpenModel, where: string) {
  const { inputMetadata, outputMetadata } = session;
  const [input] = inputMetadata;
  if (!input?.isTensor || inputMetadata.length > 1 || !["float32", "float64"].includes(input.type))
    throw new ConfigError(
      "the model does not have exactly one input of floats.",
      where,
      "Export it with one input of all features, `FloatTensorType([None, n])`.",
    );
  const stated = input.shape.length === 2 ? input.shape[1] : undefined;
  const width = typeof stated === "number" ? stated : description.width;
  if (width === undefined)
    throw new ConfigError(
      "the model does not state how many features a row has.",
      where,
      'Write {"width": n} into `model.json` beside it, or export it with `FloatTensorType([None, n])`.',
    );
  const fetches = description.outputs ?? outputMetadata.filter(isReadable).map(({ name }) => name);
  const unreadable = fetches.find((name) => !outputMetadata.some((one) => one.name === name && isReadable(one)));
  if (unreadable !== undefined || fetches.length === 0)
    throw new ConfigError(
      `the model has no output ${unreadable === undefined ? "" : `\`${unreadable}\` `}that can be read.`,
      where,
      'It needs tensors of numbers or strings: export a classifier with `options={"zipmap": False}`.',
    );
  const model: Model = {
    session,
    tensor: runtime.Tensor,
    input: input.name,
    float64: input.type === "float64",
    outputs: [],
    fetches,
  };
  return { width, model };
}

function isReadable(output: Metadata): boolean {
  return output.isTensor && (output.type === "string" || NUMBER_TYPES.includes(output.type));
}

/** Values per row of each output, from a run: exporters state them wrongly now and then. None if no row can be predicted. */
async function measured(model: Model, width: number): Promise<Model["outputs"]> {
  for (const fill of [0, 1]) {
    try {
      const results = await run(model, { rows: 1, width, data: new Float32Array(width).fill(fill) });
      return model.fetches.map((name) => ({ name, width: results[name]!.size }));
    } catch {
      // The trial that follows runs into the same, and says what it is.
    }
  }
  return [];
}
