import { describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { declaredPath, onlyChecks } from "../../../shared/schema";

/** Schemas whose output is their very input. */
const CHECKS: readonly [string, z.ZodType][] = [
  ["string", z.string()],
  ["string with checks", z.string().min(1).max(9).regex(/a/).startsWith("a").includes("b")],
  ["number with checks", z.number().int().positive().max(9).multipleOf(2)],
  ["int", z.int()],
  ["boolean", z.boolean()],
  ["null", z.null()],
  ["undefined", z.undefined()],
  ["any", z.any()],
  ["unknown", z.unknown()],
  ["never", z.never()],
  ["enum", z.enum(["a", "b"])],
  ["literal", z.literal(["a", 1, null])],
  ["email", z.email()],
  ["uuid", z.uuid()],
  ["iso date and time", z.iso.datetime()],
  ["optional", z.string().optional()],
  ["nullable", z.string().nullable()],
  ["nullish", z.number().nullish()],
  ["array", z.array(z.string()).min(1)],
  ["tuple", z.tuple([z.string(), z.number()])],
  ["tuple with a rest", z.tuple([z.string()], z.number())],
  ["union", z.union([z.string(), z.number()])],
  [
    "discriminated union",
    z.discriminatedUnion("t", [z.object({ t: z.literal("a") }), z.object({ t: z.literal("b") })]),
  ],
  ["object", z.object({ a: z.string(), b: z.object({ c: z.number().optional() }) })],
  ["empty object", z.object({})],
  ["strictObject", z.strictObject({ a: z.string() })],
  ["looseObject", z.looseObject({ a: z.string() })],
  ["object with a catchall", z.object({ a: z.string() }).catchall(z.number())],
  ["described and branded", z.string().describe("x").brand("Id")],
];

/** Schemas that change the value, or may. */
const CHANGES: readonly [string, z.ZodType][] = [
  ["trim", z.string().trim()],
  ["toLowerCase", z.string().toLowerCase()],
  ["toUpperCase", z.string().toUpperCase()],
  ["normalize", z.string().normalize()],
  ["overwrite", z.number().overwrite((value) => value + 1)],
  ["overwrite behind other checks", z.string().min(1).trim()],
  ["refine, whose function could write the value", z.string().refine((text) => text !== "x")],
  ["superRefine", z.string().superRefine(() => {})],
  ["a check of the user's own", z.string().check(() => {})],
  ["url, which is trimmed", z.url()],
  ["a string with the check of a url", z.string().check(z.url())],
  ["url, normalized", z.url({ normalize: true })],
  ["coerce.string", z.coerce.string()],
  ["coerce.number", z.coerce.number()],
  ["coerce.boolean", z.coerce.boolean()],
  ["coerce.date", z.coerce.date()],
  ["date", z.date()],
  ["bigint", z.bigint()],
  ["default", z.string().default("x")],
  ["prefault", z.string().prefault("x")],
  ["catch", z.string().catch("x")],
  ["transform", z.string().transform((text) => text.length)],
  ["preprocess", z.preprocess((value) => value, z.string())],
  ["pipe", z.string().pipe(z.string())],
  ["codec", z.stringbool()],
  ["lazy", z.lazy(() => z.string())],
  ["record", z.record(z.string(), z.number())],
  ["map", z.map(z.string(), z.string())],
  ["set", z.set(z.string())],
  ["readonly", z.object({ a: z.string() }).readonly()],
  ["intersection", z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() }))],
  ["nonoptional", z.string().optional().nonoptional()],
  ["template literal", z.templateLiteral(["a", z.number()])],
];

describe("onlyChecks", () => {
  it.each(CHECKS)("says yes to %s", (_, schema) => {
    expect(onlyChecks(schema)).toBe(true);
  });

  it.each(CHANGES)("says no to %s", (_, schema) => {
    expect(onlyChecks(schema)).toBe(false);
  });

  it.each(CHANGES)("finds %s wherever it is hidden", (_, hidden) => {
    const places = [
      z.object({ ok: z.string(), deep: z.object({ hidden }) }),
      z.object({}).catchall(hidden),
      z.array(hidden),
      z.tuple([z.string(), hidden]),
      z.tuple([z.string()], hidden),
      z.union([z.string(), hidden]),
      z.optional(hidden),
      z.nullable(hidden),
    ];

    expect(places.map(onlyChecks)).toEqual(places.map(() => false));
  });

  it("ends for a schema that contains itself", () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree);
      },
    });
    const changing = z.object({
      name: z.string().trim(),
      get children() {
        return z.array(changing);
      },
    });

    expect(onlyChecks(tree)).toBe(true);
    expect(onlyChecks(changing)).toBe(false);
  });

  it.each(CHECKS)("is right about %s: whatever it lets pass comes out as it went in", (_, schema) => {
    const values = ["a", "ab", 2, 0.5, true, null, undefined, ["a"], ["a", 1], { a: "b", b: { c: 1 } }, { t: "a" }, {}];

    for (const value of values) {
      const { success, data } = schema.safeParse(value);
      const unknownKeysAside = typeof value === "object" && value !== null && !Array.isArray(value);

      if (success && !unknownKeysAside) expect(data).toEqual(value);
    }
  });
});

describe("declaredPath", () => {
  const schema = z.object({
    id: z.string(),
    items: z.array(z.object({ price: z.number() })).optional(),
    meta: z.record(z.string(), z.object({ inner: z.number() })),
    nested: z.object({ deep: z.object({ er: z.string() }).nullable() }).default({ deep: null }),
    either: z.union([z.object({ a: z.string() }), z.string()]),
    loose: z.looseObject({ known: z.string() }),
  });

  it.each([
    [["id"], "id"],
    [["items"], "items"],
    [["items", 3, "price"], "items.3.price"],
    [["nested", "deep", "er"], "nested.deep.er"],
    [["loose", "known"], "loose.known"],
    [[], "(event)"],
  ])("spells out what the schema declares: %j", (path, shown) => {
    expect(declaredPath(schema, path)).toBe(shown);
  });

  it.each([
    [["meta", "4111 1111 1111 1111"], "meta.*"],
    [["meta", "4111 1111 1111 1111", "inner"], "meta.*.*"],
    [["loose", "secret"], "loose.*"],
    [["either", "a"], "either.*"],
    [["either", 0], "either.0"],
    [["toString"], "*"],
    [["__proto__"], "*"],
    [["id", "length"], "id.*"],
    [[Symbol("s")], "*"],
  ])("hides the payload's own names: %j", (path, shown) => {
    expect(declaredPath(schema, path)).toBe(shown);
  });
});
