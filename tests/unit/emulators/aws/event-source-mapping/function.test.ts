import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { systemClock } from "../../../../../adapters/system";
import { openLambda } from "../../../../../emulators/aws/lambda";
import { mappingHarness } from "./mapping-harness";

// Processes start slowly on a busy machine.
jest.setTimeout(30_000);

/** Ends its process at `crash`, hangs at `hang`, and names `bad` as failed. */
const FUNCTION = `
  const text = ({ kinesis }) => Buffer.from(kinesis.data, "base64").toString();
  export const handler = async ({ Records }) => {
    const texts = Records.map(text);
    if (texts.includes("crash")) process.exit(1);
    while (texts.includes("hang"));
    console.log(texts.filter((each) => each !== "bad").join(" "));
    const failed = Records.filter((record) => text(record) === "bad");
    return { batchItemFailures: failed.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
  };`;

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "sluice-function-"));
  writeFileSync(path.join(directory, "index.mjs"), FUNCTION);
});

afterAll(() => rmSync(directory, { recursive: true }));

describe("a mapping and a function in its own process", () => {
  it("isolate what crashes, hangs or is refused, and process everything else", async () => {
    const processed = new Set<string>();
    const lambda = openLambda({
      directory,
      timeoutMs: 500,
      concurrency: 1,
      onLog: (line) => {
        for (const text of line.split(" ")) processed.add(text);
      },
    });
    const { stream, mapping, letters } = mappingHarness({
      // Processes take real time.
      clock: systemClock,
      pollMs: 10,
      retryMs: { base: 20, cap: 100 },
      settings: {
        batchSize: 6,
        parallelizationFactor: 2,
        bisectBatchOnFunctionError: true,
        functionResponseTypes: ["ReportBatchItemFailures"],
        maximumRetryAttempts: 2,
      },
      handle: (_, event) => lambda.invoke(event),
    });
    const healthy = Array.from({ length: 9 }, (_, i) => `fine${i}`);
    for (const text of [...healthy, "crash", "hang", "bad"]) stream.put(text, text);

    await mapping.runUntilIdle();
    await lambda.close();

    expect(letters.flatMap(({ texts }) => texts).sort()).toEqual(["bad", "crash", "hang"]);
    expect(healthy.filter((text) => !processed.has(text))).toEqual([]);
    // Two lanes on one environment.
    expect(mapping.stats.throttles).toBeGreaterThan(0);
  });
});
