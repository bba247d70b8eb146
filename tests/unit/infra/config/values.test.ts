import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type * as z from "zod";
import { amount, choice, flag, oneOf, scale, tags, text, wholeNumber } from "../../../../infra/config/values";

const junk = fc.oneof(
  fc.string(),
  fc.json(),
  fc.double().map(String),
  fc.constantFrom("-1", "1e3", "0x10", "NaN", " "),
);

describe("a value of the configuration", () => {
  it("is a whole number within its bounds, both included", () => {
    const schema = wholeNumber(1, 300);

    expect(["1", "300", " 7 "].map((given) => schema.parse(given))).toEqual([1, 300, 7]);
    expect(complaint(schema, "0")).toBe("is not a whole number from 1 to 300");
    expect(complaint(schema, "301")).toBe("is not a whole number from 1 to 300");
  });

  it("is one of some numbers", () => {
    const schema = oneOf([1024, 2048, 3072]);

    expect(schema.parse("2048")).toBe(2048);
    expect(complaint(schema, "1500")).toBe("is not one of 1024, 2048 or 3072");
  });

  it("is an amount", () => {
    expect(amount(1).parse("49.5")).toBe(49.5);
    expect(complaint(amount(1), "0.5")).toBe("is not an amount from 1 on");
  });

  it("is true or false and nothing like it", () => {
    expect([flag().parse("true"), flag().parse("false")]).toEqual([true, false]);
    expect(complaint(flag(), "yes")).toBe("is neither true nor false");
    expect(complaint(flag(), "toString")).toBe("is neither true nor false");
  });

  it("is one of some names", () => {
    expect(choice(["on-demand", "provisioned"]).parse("provisioned")).toBe("provisioned");
    expect(complaint(choice(["aws", "gcp"]), "AWS")).toBe("is not one of aws or gcp");
  });

  it("is a text of a form", () => {
    expect(complaint(text(/^a+$/, "a row of a"), "b")).toBe("is not a row of a");
  });

  it("is a number kept warm, or two to scale between", () => {
    expect(scale(10).parse("2")).toEqual({ min: 2, max: 2 });
    expect(scale(10).parse('{"min":2,"max":8}')).toEqual({ min: 2, max: 8 });
  });

  it.each(["0", "11", '{"min":3,"max":2}', '{"min":1}', '{"min":1,"max":2,"step":1}', '{"min":1,"max":11}', "[]"])(
    "is no scale as %s",
    (given) => {
      expect(complaint(scale(10), given)).toMatch(/^is neither a whole number from 1 to 10 nor/);
    },
  );

  it("is a map of tags", () => {
    expect(tags().parse('{"team":"payments"}')).toEqual({ team: "payments" });
    expect(complaint(tags(), '{"aws:team":"x"}')).toMatch(/^is not a map/);
    expect(complaint(tags(), '{"team":1}')).toMatch(/^is not a map/);
  });

  it("is complained of, never thrown at, whatever it is", () => {
    const kinds = [wholeNumber(1, 9), oneOf([1, 2]), amount(0), flag(), choice(["a", "b"]), scale(9), tags()];

    fc.assert(
      fc.property(fc.constantFrom(...kinds), junk, (schema, given) => {
        const { success, error } = (schema as z.ZodType).safeParse(given);

        if (!success) expect(error.issues[0]?.message).toMatch(/^is n/);
      }),
    );
  });
});

function complaint(schema: z.ZodType, given: string): string | undefined {
  return schema.safeParse(given).error?.issues[0]?.message;
}
