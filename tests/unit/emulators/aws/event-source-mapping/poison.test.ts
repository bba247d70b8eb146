import { describe, expect, it } from "@jest/globals";
import { failed, mappingHarness } from "./mapping-harness";

const POISON = "50";
const RECORDS = Array.from({ length: 100 }, (_, i) => String(i));

interface Policy {
  reports?: boolean;
  bisects?: boolean;
  quarantines?: boolean;
}

/** One batch of 100 with a bad record in its middle, for a function that stops at the first bad record. */
async function cost({ reports = false, bisects = false, quarantines = false }: Policy) {
  const processed: string[] = [];
  const { stream, mapping, letters } = mappingHarness({
    settings: {
      batchSize: 100,
      maximumBatchingWindowInSeconds: 1,
      maximumRetryAttempts: 10,
      bisectBatchOnFunctionError: bisects,
      functionResponseTypes: reports ? ["ReportBatchItemFailures"] : [],
    },
    handle: (texts, event) => {
      for (const text of texts) {
        if (text === POISON && quarantines) continue;
        if (text === POISON && reports) return failed(event, POISON);
        if (text === POISON) throw new Error("bad record");
        processed.push(text);
      }
      return { batchItemFailures: [] };
    },
  });
  for (const text of RECORDS) stream.put("key", text);
  await mapping.runUntilIdle();

  const lost = RECORDS.filter((text) => text !== POISON && !processed.includes(text));
  const given = letters.flatMap(({ texts }) => texts);
  expect(lost.every((text) => given.includes(text))).toBe(true);
  return {
    invocations: mapping.stats.invocations,
    redone: processed.length - new Set(processed).size,
    healthyDeadLettered: lost.length,
    poisonDeadLettered: given.includes(POISON),
  };
}

describe("what a bad record in the middle of a hundred costs", () => {
  it.each<[string, Policy, { invocations: number; redone: number; healthyDeadLettered: number }]>([
    ["throwing", {}, { invocations: 11, redone: 500, healthyDeadLettered: 49 }],
    ["throwing, with bisecting", { bisects: true }, { invocations: 25, redone: 50, healthyDeadLettered: 0 }],
    ["reporting it", { reports: true }, { invocations: 11, redone: 0, healthyDeadLettered: 49 }],
    [
      "reporting it, with bisecting",
      { reports: true, bisects: true },
      { invocations: 13, redone: 0, healthyDeadLettered: 0 },
    ],
  ])("%s", async (_, policy, expected) => {
    expect(await cost(policy)).toEqual({ ...expected, poisonDeadLettered: true });
  });

  it("quarantine in the function's own code costs nothing", async () => {
    const spent = await cost({ quarantines: true, reports: true, bisects: true });

    expect(spent).toEqual({ invocations: 1, redone: 0, healthyDeadLettered: 0, poisonDeadLettered: false });
  });
});
