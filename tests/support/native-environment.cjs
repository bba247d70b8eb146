const { TestEnvironment } = require("jest-environment-node");

/**
 * Node's environment with the process's own typed arrays. Jest gives each test file copies of them, which a native addon
 * does not know: onnxruntime-node then refuses its own results (https://github.com/jestjs/jest/issues/11864).
 */
module.exports = class NativeEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of Object.getOwnPropertyNames(globalThis))
      if (/^(Big)?(Int|Uint|Float)\d+(Clamped)?Array$/.test(name)) this.global[name] = globalThis[name];
  }
};
