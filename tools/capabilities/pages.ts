import { declaredTable } from "./declared";
import type { Platform } from "./platforms";
import type { Tested } from "./results";
import { skippedList, testedTable } from "./tested";

const BLOCK = /(<!-- capabilities -->)[\s\S]*(<!-- \/capabilities -->)/;

/** docs/capabilities.md. */
export function capabilitiesPage(tests: readonly Tested[], platforms: readonly Platform[]): string {
  const parts = [
    "# Capabilities",
    "Made from a run of the contract tests by `npm run capabilities`, so do not edit it. What the promises mean: [guarantees](guarantees.md).",
    "## What each platform can do",
    "As its adapters declare it. Where a platform can run the model in several ways, their values stand in the same order in each row of `infer`.",
    declaredTable(platforms),
    "## What was tested",
    [
      "One suite per port, the same for every platform; `pipeline` is all of them together, from the stream to the row or the letter.",
      "`real` is the platform itself, `emulated` its SDKs against emulated services on one machine, and `not run` says that nobody has tried.",
      "The model in process is one adapter for all platforms, and `local` tests it.",
    ].join("\n"),
    testedTable(tests, platforms),
    "## What was skipped, and why",
    ...platforms.flatMap(({ name }) => [`### ${name}`, skippedList(tests, name)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The page with what the platforms declare between its markers; a page without markers stays as it is. */
export function withDeclared(page: string, platforms: readonly Platform[]): string {
  return page.replace(BLOCK, (_, start: string, end: string) => `${start}\n\n${declaredTable(platforms)}\n\n${end}`);
}

/** What is wrong with a committed page, undefined if nothing is. */
export function staleness(file: string, committed: string, expected: string): string | undefined {
  if (committed === expected) return undefined;
  const lines = committed.split("\n");
  const wanted = expected.split("\n");
  const line = Array.from({ length: Math.max(lines.length, wanted.length) }).findIndex(
    (_, index) => lines[index] !== wanted[index],
  );
  return [
    `${file} is out of date from line ${line + 1} on.`,
    `It says:      ${lines[line] ?? "(nothing)"}`,
    `The tests say: ${wanted[line] ?? "(nothing)"}`,
    "Run `npm run capabilities` and commit the result.",
  ].join("\n");
}
