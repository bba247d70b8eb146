// One way to turn TypeScript into what Node runs: the command line, the tests and the deployed bundles all use esbuild with these options.
const esbuild = require("esbuild");

const options = {
  loader: "ts",
  format: "cjs",
  target: "node24",
  // `await import("./x")` becomes a lazy require, so that file names need no extension and a test runner can intercept it.
  supported: { "dynamic-import": false },
};

/** CommonJS JavaScript with an inline source map. Throws esbuild's own error, which names file, line and column. */
function transform(source, file) {
  const { code } = esbuild.transformSync(source, {
    ...options,
    sourcefile: file,
    sourcemap: "inline",
    logLevel: "silent",
  });
  // esbuild copies a module's getters behind a second layer of getters that V8 cannot inline; every call of an imported
  // function then costs about 60 ns, which is a third of the time per record. One layer is what the exports need.
  return code.replace(/__toCommonJS\((\w+_exports)\);/, '__defProp($1, "__esModule", { value: true });');
}

/** Changes whenever the output could: part of every cache key. */
const fingerprint = `${esbuild.version}:${transform}:${JSON.stringify(options)}`;

module.exports = { transform, fingerprint };
