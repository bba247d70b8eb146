import type { Platform } from "./platforms";

/** What is read of the answer of `jest --json`. */
export interface JestResult {
  testResults: readonly {
    name: string;
    message: string;
    assertionResults: readonly { ancestorTitles: readonly string[]; title: string; status: string }[];
  }[];
}

/** One test of the contract on one platform. */
export interface Tested {
  platform: string;
  port: string;
  /** What its promises are about: `crash and restart`. */
  group: string;
  title: string;
  /** Why it was skipped. */
  reason: string | undefined;
}

/** The contract's own reference, of no use to deploy to. */
const NOT_A_PLATFORM = "memory";

const FILE = /tests[\\/]contract[\\/]([^\\/]+)\.test\.ts$/;
const SUITE = /^(.+) contract: /;
const SKIPPED = /^(.*) \[skipped: (.+)\]$/;

/** The contract's tests in the order of the platforms, and what makes them worth nothing: whatever did not pass. */
export function readResults(
  result: JestResult,
  platforms: readonly Platform[],
): { tests: Tested[]; problems: string[] } {
  const suites = new Map(result.testResults.map((suite) => [FILE.exec(suite.name)?.[1], suite]));
  const tests: Tested[] = [];
  const problems: string[] = [];

  for (const { name } of platforms) {
    const suite = suites.get(name);
    if (!suite?.assertionResults.length) {
      problems.push(`tests/contract/${name}.test.ts did not run. ${suite?.message ?? ""}`.trim());
      continue;
    }
    for (const { ancestorTitles, title, status } of suite.assertionResults) {
      const [contract = "", ...groups] = ancestorTitles;
      const [, promise = title, reason] = SKIPPED.exec(title) ?? [];
      if (status !== "passed" && !(status === "pending" && reason))
        problems.push(
          `${[...ancestorTitles, title].join(": ")}: ${status === "pending" ? "skipped without a reason" : status}`,
        );
      const port = SUITE.exec(contract)?.[1] ?? contract;
      tests.push({ platform: name, port, group: groups.join(", ") || "all", title: promise, reason });
    }
  }
  for (const name of suites.keys())
    if (name !== undefined && name !== NOT_A_PLATFORM && !platforms.some((platform) => platform.name === name))
      problems.push(`tests/contract/${name}.test.ts ran, but tools/capabilities/platforms.ts does not have "${name}".`);
  return { tests, problems };
}
