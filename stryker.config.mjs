/** Mutation testing of the core: does a test fail for every change of shared/ that matters? `npm run mutation`. */
export default {
  testRunner: "jest",
  jest: { configFile: "jest.mutation.config.cjs" },
  mutate: ["shared/**/*.ts"],
  coverageAnalysis: "perTest",
  concurrency: 2,
  reporters: ["clear-text", "progress-append-only", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: "reports/mutation.json" },
  ignorePatterns: ["/adapters", "/bench", "/cli", "/docs", "/examples", "/functions", "/reports", "/.sluice", "*.onnx"],
  timeoutMS: 2_000,
  // Values made when a module loads (70 of 2,200 mutants) need every test each: most of the time for little news.
  ignoreStatic: true,
  thresholds: { high: 95, low: 90, break: 91 },
};
