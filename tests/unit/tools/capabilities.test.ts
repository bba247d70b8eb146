import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { declaredTable } from "../../../tools/capabilities/declared";
import { capabilitiesPage, staleness, withDeclared } from "../../../tools/capabilities/pages";
import { type Declared, type Platform, platforms } from "../../../tools/capabilities/platforms";
import { type JestResult, readResults } from "../../../tools/capabilities/results";
import { skippedList, testedTable } from "../../../tools/capabilities/tested";
import { awsAdapters } from "../../support/aws-harness";
import { azureAdapters } from "../../support/azure-harness";
import { gcpAdapters } from "../../support/gcp-harness";
import { localAdapters } from "../../support/local-harness";

const ROOT = path.join(__dirname, "../../..");

describe("the committed tables", () => {
  it.each(["docs/capabilities.md", "README.md"])("in %s say what the adapters declare", async (file) => {
    expect(read(file)).toContain(`\n\n${declaredTable(await platforms())}\n\n`);
  });

  it("say what the contract was told", async () => {
    const told = [localAdapters(), awsAdapters(notNow), gcpAdapters(notNow), azureAdapters(notNow)];

    for (const [i, { declared }] of (await platforms()).entries()) {
      const { ingest, infer, store, deadLetters, deployments } = told[i]!;
      expect(declared).toMatchObject({
        ingest: ingest.capabilities,
        store: store.capabilities,
        deadLetters: deadLetters.capabilities,
      });
      expect(declared.infer).toContainEqual(infer.capabilities);
      for (const { capabilities } of deployments) expect(declared.preprocess).toEqual(capabilities);
    }
  });
});

describe("the table of what platforms declare", () => {
  it("says each capability in plain words", () => {
    const rows = declaredTable([platform("home"), platform("cloud", "emulated")]).split("\n");

    expect(rows[0]).toBe("| stage | capability | home | cloud |");
    expect(rows[2]).toBe("| ingest | order of a key's events | kept | kept |");
    expect(cell(rows, "ingest | longest event")).toBe("1 MiB");
    expect(cell(rows, "preprocess | what comes again after a failure")).toBe("the failed messages");
    expect(cell(rows, "store | an id that is written again")).toBe("changes nothing");
    expect(cell(rows, "dead letters | longest event")).toBe("1,000 bytes");
  });

  it("names the ways to run the model in one order, and once where they agree", () => {
    const rows = declaredTable([platform("home")]).split("\n");

    expect(cell(rows, "infer | where the model runs")).toBe("in process, or behind an endpoint");
    expect(cell(rows, "infer | most rows in a call")).toBe("any number, or 10,000");
    expect(cell(rows, "infer | longest request")).toBe("any length");
  });
});

describe("the table of what was tested", () => {
  it("counts the promises of each group, and marks every cell", () => {
    const both = [platform("home"), platform("cloud", "emulated")];
    const { tests, problems } = readResults(result(), both);

    expect(problems).toEqual([]);
    expect(testedTable(tests, both).split("\n")).toEqual([
      "| port | promises about | home | cloud | cloud (account) |",
      "| --- | --- | --- | --- | --- |",
      "| store | crash | real: 2 passed | emulated: 1 passed, 1 skipped | not run |",
      "| archive | all | real: 1 passed | emulated: 2 skipped | not run |",
    ]);
  });

  it("lists what was skipped by reason, and once for all sources of a platform", () => {
    const { tests } = readResults(result(), [platform("home"), platform("cloud", "emulated")]);

    expect(skippedList(tests, "cloud").split("\n")).toEqual([
      "- **it overwrites**",
      "  - store (crash): the first stays",
      "- **it is never down**",
      "  - archive (all): an outage",
    ]);
    expect(skippedList(tests, "home")).toBe("Nothing.");
  });

  it("leaves out the reference, and is the same in whatever order the suites ended", () => {
    const both = [platform("home"), platform("cloud", "emulated")];
    const turned = { testResults: result().testResults.toReversed() };

    const page = capabilitiesPage(readResults(result(), both).tests, both);

    expect(page).not.toContain("memory");
    expect(capabilitiesPage(readResults(turned, both).tests, both)).toBe(page);
  });
});

describe("results that are worth nothing", () => {
  it.each([
    ["failed", "store", "store contract: home: crash: store: failed"],
    ["pending", "store", "store contract: home: crash: store: skipped without a reason"],
    ["failed", "store [skipped: no]", "store contract: home: crash: store [skipped: no]: failed"],
  ])("%s, as %s", (status, title, problem) => {
    const suite = home({ ancestorTitles: ["store contract: home", "crash"], title, status });

    expect(readResults({ testResults: [suite] }, [platform("home")]).problems).toEqual([problem]);
  });

  it("a suite that is missing or broke before its tests", () => {
    const broken = { ...home(), message: "Cannot find module." };

    expect(readResults({ testResults: [broken] }, [platform("home"), platform("cloud")]).problems).toEqual([
      "tests/contract/home.test.ts did not run. Cannot find module.",
      "tests/contract/cloud.test.ts did not run.",
    ]);
  });

  it("a suite of a platform that has no column", () => {
    const { problems } = readResults(result(), [platform("home")]);

    expect(problems).toEqual([
      'tests/contract/cloud.test.ts ran, but tools/capabilities/platforms.ts does not have "cloud".',
    ]);
  });
});

describe("a page", () => {
  it("has the table between its markers, whatever was there", () => {
    const once = withDeclared("a\n<!-- capabilities -->\n<!-- /capabilities -->\nb", [platform("home")]);
    const table = declaredTable([platform("home")]);

    expect(once).toBe(`a\n<!-- capabilities -->\n\n${table}\n\n<!-- /capabilities -->\nb`);
    expect(withDeclared(once, [platform("home")])).toBe(once);
    expect(withDeclared("no markers", [platform("home")])).toBe("no markers");
  });

  it("that is out of date is told where, and what to do", () => {
    expect(staleness("a.md", "one\ntwo", "one\ntwo")).toBeUndefined();
    expect(staleness("a.md", "one\ntwo\nthree", "one\n2\nthree")).toBe(
      "a.md is out of date from line 2 on.\nIt says:      two\nThe tests say: 2\nRun `npm run capabilities` and commit the result.",
    );
    expect(staleness("a.md", "one", "one\ntwo")).toContain("from line 2 on.\nIt says:      (nothing)");
  });
});

/** Nothing is opened to list the tests. */
function notNow(): never {
  throw new Error("The services are asked before a test runs.");
}

function platform(name: string, mark: Platform["mark"] = "real"): Platform {
  const declared: Declared = {
    ingest: { ordering: "per-key", idempotentProducer: true, maxEventBytes: 1024 * 1024 },
    preprocess: { checkpoint: "per-message", ordering: "none", countsDeliveries: true },
    infer: [
      { where: "in-process", maxRows: Number.MAX_SAFE_INTEGER, maxRequestBytes: undefined },
      { where: "endpoint", maxRows: 10_000, maxRequestBytes: undefined },
    ],
    store: { idempotency: "first-wins", reportsDuplicates: true, query: true },
    deadLetters: { payload: true, maxEventBytes: 1_000 },
  };
  return { name, mark, declared };
}

type Suite = JestResult["testResults"][number];
type Assertion = Suite["assertionResults"][number];

function home(...assertionResults: Assertion[]): Suite {
  return { name: "/somewhere/tests/contract/home.test.ts", message: "", assertionResults };
}

/** Two platforms, one of which has two kinds of source, and the reference. */
function result(): JestResult {
  const passed = (...titles: string[]): Assertion => assertion("passed", titles);
  const skipped = (...titles: string[]): Assertion => assertion("pending", titles);
  return {
    testResults: [
      { ...home(skipped("store contract: memory", "x")), name: "/tests/contract/memory.test.ts" },
      home(
        passed("store contract: home", "crash", "rows are durable"),
        passed("store contract: home", "crash", "the first stays"),
        passed("archive contract: home", "an outage"),
      ),
      {
        ...home(
          passed("store contract: cloud, pull", "crash", "rows are durable"),
          skipped("store contract: cloud, push", "crash", "the first stays [skipped: it overwrites]"),
          skipped("archive contract: cloud", "an outage [skipped: it is never down]"),
          skipped("archive contract: cloud", "an outage [skipped: it is never down]"),
        ),
        name: "C:\\tests\\contract\\cloud.test.ts",
      },
      { ...home(), name: "/somewhere/tests/unit/cloud.test.ts" },
    ],
  };
}

function assertion(status: string, titles: readonly string[]): Assertion {
  return { ancestorTitles: titles.slice(0, -1), title: titles.at(-1)!, status };
}

/** What the first platform's cell says in the row that begins so. */
function cell(rows: readonly string[], start: string): string | undefined {
  return rows
    .find((row) => row.startsWith(`| ${start} |`))
    ?.split(" |")[2]
    ?.trim();
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}
