import { CORE } from "../bundle/chunks";
import { type BundleOptions, type FunctionKind, makeFunction, PIPELINE } from "../bundle/function";
import type { Placed } from "../bundle/manifest";
import { SDK_REPLACEMENTS } from "./sdk";

export type { BundleOptions } from "../bundle/function";

const ENTRY = `
import { exported, inference, openHandler } from "${CORE}";
const pipeline = ${PIPELINE};
export const handler = await openHandler({ pipeline, inference, root: import.meta.dirname });
`;

const KIND: FunctionKind = {
  folder: __dirname,
  entry: ENTRY,
  arch: "arm64",
  replacements: SDK_REPLACEMENTS,
  files: { "package.json": '{"type":"module"}\n' },
};

/** Everything that Lambda runs, in one folder: see `makeFunction`. Its handler is `index.handler`, its default architecture arm64. */
export function bundleFunction(options: BundleOptions): Promise<Placed> {
  return makeFunction(KIND, options);
}
