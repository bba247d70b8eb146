import { describe, expect, it } from "@jest/globals";
import { differences, fingerprint, type Outcome, type PlatformRun } from "../../../tools/parity/compare";

const OUTCOME: Outcome = {
  accepted: 5,
  stored: 2,
  duplicates: 1,
  deadLettered: { decode: 1, schema: 1 },
  actions: 1,
  modelVersion: "sha256:1",
  conserved: true,
};

describe("platforms", () => {
  it("that made the same of the same events differ in nothing, whatever the order of what they list", () => {
    const other = runOf("aws", {
      predictions: new Map([...runOf("local").predictions].reverse()),
      letters: [...runOf("local").letters].reverse(),
      outcome: { ...OUTCOME, deadLettered: { schema: 1, decode: 1 } },
    });

    const found = differences([runOf("local"), other]);

    expect(found).toEqual([]);
    expect(fingerprint(other.letters)).toBe(fingerprint(runOf("local").letters));
  });

  it("are told apart by a prediction that is missing, too many, or another one", () => {
    const { predictions } = runOf("local");
    const [[first], [second]] = [...predictions] as [[string, string], [string, string]];

    const missing = differences([runOf("local"), runOf("aws", { predictions: new Map([[first, "0.5"]]) })]);
    const added = differences([runOf("local"), runOf("gcp", { predictions: new Map([...predictions, ["c", "1"]]) })]);
    const changed = differences([
      runOf("local"),
      runOf("azure", { predictions: new Map([...predictions, [second, "0.1"]]) }),
    ]);

    expect(missing).toEqual([`aws: no prediction for ${second}.`]);
    expect(added).toEqual(["gcp: a prediction too many, for c."]);
    expect(changed).toEqual([`azure: another prediction for ${second}.`]);
  });

  it("are told apart by a dead letter, also by one that is there twice", () => {
    const { letters } = runOf("local");

    const fewer = differences([runOf("local"), runOf("aws", { letters: letters.slice(1) })]);
    const twice = differences([runOf("local"), runOf("aws", { letters: [...letters, letters[0]!] })]);

    expect(fewer).toEqual(["aws: 1 dead letters are not as on local."]);
    expect(twice).toEqual(["aws: 1 dead letters are more than on local."]);
  });

  it("are told apart by each count, and by a model that is another one", () => {
    const changes: Partial<Outcome>[] = [
      ...[{ accepted: 6 }, { stored: 3 }, { duplicates: 0 }, { actions: 2 }, { modelVersion: "sha256:2" }],
      { deadLettered: { decode: 2 } },
    ];

    const found = changes.map((change) =>
      differences([runOf("local"), runOf("gcp", { outcome: { ...OUTCOME, ...change } })]),
    );

    for (const [index, told] of found.entries()) {
      expect(told).toHaveLength(1);
      expect(told[0]).toContain(`\`${Object.keys(changes[index]!)[0]}\``);
    }
  });

  it("that lost an event fail, even if all of them lost the same one", () => {
    const lost = { outcome: { ...OUTCOME, conserved: false } };

    const found = differences([runOf("local", lost), runOf("aws", lost)]);

    expect(found).toEqual([
      "local: events are missing, neither stored nor dead-lettered.",
      "aws: events are missing, neither stored nor dead-lettered.",
    ]);
  });

  it("that differ in everything are told in a few lines", () => {
    const many = new Map(Array.from({ length: 50 }, (_, index) => [`k${index}`, "1"]));

    const found = differences([runOf("local", { predictions: many }), runOf("aws", { predictions: new Map() })]);

    expect(found).toHaveLength(4);
    expect(found.at(-1)).toBe("aws: no prediction for 47 more.");
  });
});

function runOf(platform: string, changes: Partial<PlatformRun> = {}): PlatformRun {
  return {
    platform,
    predictions: new Map([
      ["a", "0.5"],
      ["b", "0.7"],
    ]),
    letters: ["{ decode", "{} schema"],
    outcome: OUTCOME,
    ...changes,
  };
}
