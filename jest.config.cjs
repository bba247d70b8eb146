/** ES modules that Azure's SDKs `require`, which Node can and Jest cannot. */
const PROXY_AGENTS = "(agent-base|https?-proxy-agent|proxy-agent-negotiate)";

module.exports = {
  testEnvironment: "<rootDir>/tests/support/native-environment.cjs",
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  transform: {
    "^.+\\.ts$": "<rootDir>/tools/jest-transform.cjs",
    [`/${PROXY_AGENTS}/.+\\.js$`]: "<rootDir>/tools/jest-transform.cjs",
  },
  transformIgnorePatterns: [`/node_modules/(?!(.+/)?${PROXY_AGENTS}/)`],
  moduleNameMapper: { "^sluice$": "<rootDir>/shared/index.ts" },
  coverageProvider: "v8",
  maxWorkers: 2,
  // Against local servers and processes: what takes a second alone takes several on a busy machine.
  testTimeout: 30_000,
  workerIdleMemoryLimit: "600MB",
};
