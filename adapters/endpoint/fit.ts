import { SluiceError } from "../../shared/errors";
import type { ModelOutput } from "../../shared/matrix";
import type { ModelOutputs } from "../../shared/pipeline";
import type { Answer } from "./response";

/** Why a server's model is not the pipeline's: what is wrong and what to do. */
export interface Misfit {
  what: string;
  fix: string;
}

/** Compares what a server answered with what the pipeline declares; undefined if they agree. */
export function misfitOf(answer: Answer, declared: ModelOutputs, width: number): Misfit | undefined {
  if (answer.width !== width)
    return {
      what: `the endpoint's model takes ${answer.width} features, and the pipeline makes ${width}.`,
      fix: "Deploy the model that the pipeline's `model.file` names, and the pipeline with it.",
    };
  for (const [name, { width: values, type = "number" }] of Object.entries(declared)) {
    const column = Object.hasOwn(answer.outputs, name) ? answer.outputs[name] : undefined;
    if (column === undefined)
      return {
        what: `the endpoint's model has no output \`${name}\`; it has ${Object.keys(answer.outputs).join(", ")}.`,
        fix: "Declare outputs it has in `model.outputs`, or deploy the model that has them.",
      };
    if (column.width !== values)
      return {
        what: `the output \`${name}\` has ${column.width} values per row, and the pipeline declares ${values}.`,
        fix: `Write \`${name}: { width: ${column.width} }\` in \`model.outputs\`.`,
      };
    if (answer.rows > 0 && (typeof column.data[0] === "string") !== (type === "string"))
      return {
        what: `the output \`${name}\` holds ${type === "string" ? "numbers" : "strings"}, and the pipeline declares ${type}s.`,
        fix: type === "string" ? 'Leave `type: "string"` out.' : `Write \`${name}: { width: 1, type: "string" }\`.`,
      };
  }
  return undefined;
}

/**
 * The declared outputs of an answer.
 * @throws SluiceError `model-output` unless it has one row per row asked.
 */
export function outputsOf({ outputs, rows }: Answer, declared: ModelOutputs, asked: number): ModelOutput {
  if (rows !== asked)
    throw new SluiceError("model-output", "infer", `The endpoint answered ${rows} rows for ${asked}.`);
  return Object.fromEntries(Object.keys(declared).map((name) => [name, outputs[name]!]));
}
