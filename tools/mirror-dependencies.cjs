const { existsSync } = require("node:fs");
const path = require("node:path");

const ROOT = path.dirname(__dirname);
const TESTS = path.join(ROOT, "tests", "unit");

/**
 * For mutation testing: a unit test depends on the one file that it mirrors, and nothing depends on anything else. Jest
 * then runs for a mutant only its own tests, not all that reach it: five times faster, and each file has to be held by
 * its own tests. `tests/unit/shared/a/b.test.ts` mirrors `shared/a/b.ts`, or `shared/a.ts` where there is no such file.
 */
exports.extract = (_code, file) => {
  if (!file.startsWith(TESTS) || !file.endsWith(".test.ts")) return new Set();
  let mirrored = path.join(ROOT, path.relative(TESTS, file).slice(0, -".test.ts".length));
  while (!existsSync(`${mirrored}.ts`) && mirrored !== ROOT) mirrored = path.dirname(mirrored);
  return mirrored === ROOT ? new Set() : new Set([path.relative(path.dirname(file), mirrored)]);
};

exports.getCacheKey = () => "1";
