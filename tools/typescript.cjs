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
  return esbuild.transformSync(source, { ...options, sourcefile: file, sourcemap: "inline", logLevel: "silent" }).code;
}

/** Changes whenever the output could: part of every cache key. */
const fingerprint = `${esbuild.version}:${JSON.stringify(options)}`;

module.exports = { transform, fingerprint };
