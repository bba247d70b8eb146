import { types } from "node:util";

/**
 * Jest gives each test file its own Error, which the errors of Node's core are no instances of
 * (https://github.com/jestjs/jest/issues/2549). The AWS SDK asks, and wraps what it takes for something else: the code of
 * a broken connection is gone. Import this where a test breaks connections.
 */
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    const isPlainError = this === Error && types.isNativeError(value);
    return isPlainError || Function.prototype[Symbol.hasInstance].call(this, value);
  },
});
