const base = require("./jest.config.cjs");

/** The unit tests of shared/ alone, for Stryker. */
module.exports = {
  ...base,
  roots: ["<rootDir>/tests/unit/shared", "<rootDir>/shared"],
  dependencyExtractor: "<rootDir>/tools/mirror-dependencies.cjs",
  // Stryker wraps the environment and does not know <rootDir> there; nothing here loads a native addon.
  testEnvironment: "node",
  // A mutant that leaves a promise open fails its test after this, which is cheaper than a new test process.
  testTimeout: 1_500,
};
