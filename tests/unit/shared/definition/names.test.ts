import { describe, expect, it } from "@jest/globals";
import { checkDefinition } from "../../../../shared/definition";
import { GOOD as good, mistake } from "../../../support/definition";

const truth = () => true;
const _when = () => true;

describe("checkDefinition", () => {
  it.each(["ab", "a1", "a-b", "card-fraud-2", `a${"b".repeat(39)}`])("takes the name %j", (name) => {
    expect(() => checkDefinition({ ...good, name })).not.toThrow();
  });

  it.each(["", "a", "A-b", "1a", "-a", "a-", "a_b", "a b", "ä1", "ab\n", `a${"b".repeat(40)}`, 7, null, undefined])(
    "refuses the name %j",
    (name) => {
      const { where, what, fix } = mistake({ name });

      expect(where).toBe(`pipeline ${typeof name === "string" ? JSON.stringify(name) : "?"}, field \`name\``);
      expect(what).toBe(
        `${name === undefined ? "nothing" : JSON.stringify(name)} is not a name.`.replace(
          /^"(.{59}).+?" is/,
          '"$1… is',
        ),
      );
      expect(fix).toBe("Use 2 to 40 lower-case letters, digits and dashes, as in `card-fraud`.");
    },
  );

  it.each([
    "__proto__",
    "id",
    "key",
    "time",
    "truth",
    "features",
    "seq",
    "storedAt",
    "modelVersion",
    "pipelineVersion",
  ])("keeps the name %s of a stored row's own column", (name) => {
    const { where, what, fix } = mistake({ prediction: Object.fromEntries([[name, truth]]) });

    expect(where).toBe(`pipeline "card-fraud", field \`prediction.${name}\``);
    expect(what).toBe("the name is taken: every stored row already has it.");
    expect(fix).toContain("storedAt, modelVersion, pipelineVersion");
  });

  it("takes limits of 1, names of 63 characters, and zod's small sibling", () => {
    const event = { _zod: {}, safeParse: () => ({}) };
    const features = { ["x".repeat(63)]: () => 1, _a: () => 2, B2: () => 3 };

    const definition = { ...good, event, features, limits: { maxDepth: 1, maxEventBytes: 1 } };

    expect(() => checkDefinition(definition)).not.toThrow();
  });

  it("shortens a value that would flood the message", () => {
    const { what } = mistake({ id: "y".repeat(1_000) });

    expect(what).toBe(`"${"y".repeat(59)}… is not a function.`);
    expect(mistake({ id: "y".repeat(58) }).what).toBe(`"${"y".repeat(58)}" is not a function.`);
  });
});
