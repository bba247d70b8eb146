module.exports = {
  testEnvironment: "<rootDir>/tests/support/native-environment.cjs",
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  transform: { "^.+\\.ts$": "<rootDir>/tools/jest-transform.cjs" },
  moduleNameMapper: { "^sluice$": "<rootDir>/shared/index.ts" },
  coverageProvider: "v8",
  maxWorkers: 2,
  // Against local servers and processes: what takes a second alone takes several on a busy machine.
  testTimeout: 30_000,
  workerIdleMemoryLimit: "600MB",
};
