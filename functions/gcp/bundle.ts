import { CORE } from "../bundle/chunks";
import { type BundleOptions, type FunctionKind, makeFunction, PIPELINE } from "../bundle/function";
import type { Placed } from "../bundle/manifest";

export type { BundleOptions } from "../bundle/function";

/** What the function's build is told to call: https://cloud.google.com/run/docs/write-functions */
export const ENTRY_POINT = "handle";

/** The build takes away a `node_modules` beside package.json, and installs what that names: ours lies in a folder of its own. */
const FOLDER = "function";

/** What Node starts where there is no functions-framework: a server on PORT. Relative to the package. */
export const SERVER = `${FOLDER}/server.mjs`;

const ENTRY = `
import { endWithoutLoss, exported, inference, openHandler, runServer } from "${CORE}";
const pipeline = ${PIPELINE};
const handler = await openHandler({ pipeline, inference, root: import.meta.dirname });
export const ${ENTRY_POINT} = endWithoutLoss(handler);
export const serve = () => runServer(handler);
`;

const KIND: FunctionKind = {
  folder: __dirname,
  entry: ENTRY,
  arch: "x64",
  codeFolder: FOLDER,
  files: {
    // functions-framework is not among its dependencies: then the build adds the version that Google maintains.
    "package.json": `{"private":true,"type":"module","main":"${FOLDER}/index.mjs"}\n`,
    [SERVER]: 'import { serve } from "./index.mjs";\nawait serve();\n',
  },
};

/** Everything that a function of Cloud Run consists of, in one folder: see `makeFunction`. Its default architecture is x64. */
export function bundleFunction(options: BundleOptions): Promise<Placed> {
  return makeFunction(KIND, options);
}
