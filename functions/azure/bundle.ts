import { CORE } from "../bundle/chunks";
import { type BundleOptions as AnyBundleOptions, type FunctionKind, makeFunction, PIPELINE } from "../bundle/function";
import type { Placed } from "../bundle/manifest";
import { type HostOptions, hostJson } from "./trigger";

export interface BundleOptions extends AnyBundleOptions {
  /** What the package's host.json says. */
  host?: HostOptions | undefined;
}

const FOLDER = "function";

/** The host reads `main` and loads it as CommonJS: what it registers must be there when that returns. */
const MAIN = "index.cjs";

const ENTRY = `
import { exported, inference, openHandler } from "${CORE}";
const pipeline = ${PIPELINE};
export const open = (signal) => openHandler({ pipeline, inference, root: import.meta.dirname, signal });
`;

const LAUNCHER = `
import { register } from "./register";
register(() => import("./${FOLDER}/index.mjs"));
`;

/** Flex Consumption is sure to have this version; its newer one runs the same code. */
const NODE = "22";

const KIND: FunctionKind = {
  folder: __dirname,
  entry: ENTRY,
  arch: "x64",
  node: NODE,
  // For operators: a function has a managed identity.
  unused: ["@azure/identity"],
  codeFolder: FOLDER,
  launcher: {
    name: MAIN,
    entry: LAUNCHER,
    // The host's own module, which is in no package, and ours.
    external: ["@azure/functions-core", `./${FOLDER}/index.mjs`],
    notice: "@azure/functions: Copyright (c) .NET Foundation, MIT License",
  },
  files: { "package.json": `{"private":true,"main":"${MAIN}"}\n` },
};

/** Everything that a function app consists of, in one folder: see `makeFunction`. Its default architecture is x64. */
export function bundleFunction({ host, ...options }: BundleOptions): Promise<Placed> {
  return makeFunction({ ...KIND, files: { ...KIND.files, "host.json": hostJson(host) } }, options);
}
