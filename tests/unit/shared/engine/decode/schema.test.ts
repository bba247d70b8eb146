import { describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { ConfigError } from "../../../../../shared/errors";
import { event, json } from "../../../../support/records";
import { decoded, refusal } from "../../../../support/stages";

describe("what the schema refuses", () => {
  it("is named by path and reason, without the payload's values", () => {
    const { code, stage, message, key, eventId } = refusal(json({ ...event(5), amount: "4111-1111", count: 0.5 }));

    expect([code, stage]).toEqual(["schema", "preprocess"]);
    expect(message).toBe(
      "amount: Invalid input: expected number, received string; count: Invalid input: expected int, received number",
    );
    expect([key, eventId]).toEqual(["k2", "e5"]);
  });

  it.each(["1", '"text"', "null", "true", "[]"])("includes %s, which is no event at all", (body) => {
    const { code, message, key, eventId } = refusal(body);

    expect(code).toBe("schema");
    expect(message).toMatch(/^\(event\): Invalid input: expected object/);
    expect([key, eventId]).toEqual([undefined, undefined]);
  });

  it("includes numbers that JSON writes and no double holds", () => {
    expect(refusal(json(event(5)).replace('"amount":5', '"amount":1e999'))).toMatchObject({ code: "schema" });
  });

  it("shows five issues of 100,000 and counts the rest", () => {
    const schema = z.object({ list: z.array(z.number()) });
    const overrides = {
      event: schema,
      limits: { maxEventBytes: 1_000_000, maxDepth: 32 },
      id: () => "a",
      key: () => "k",
      time: () => 0,
      features: { one: () => 1 },
    };

    const { rejects } = decoded([json({ list: new Array(100_000).fill("x") })], overrides);

    const { message } = rejects[0]!.error;
    expect(message).toMatch(/^list\.0: Invalid.*; list\.4: [^;]*; and 99995 more$/);
    expect(message.length).toBeLessThan(400);
  });

  it("shows all of five issues", () => {
    const { message } = refusal("{}");

    expect(message.split("; ")).toHaveLength(5);
    expect(message).not.toContain("more");
  });

  it("bounds one issue of any length", () => {
    const schema = z.object({ id: z.string().refine(() => false, "y".repeat(10_000)) });

    const { rejects } = decoded([json({ id: "a" })], { event: schema });

    expect(rejects[0]!.error.message.length).toBe(300);
  });

  it("names none of the payload's own names", () => {
    const schema = z.strictObject({ id: z.string(), map: z.record(z.string(), z.number()) });
    const overrides = { event: schema };

    const { rejects } = decoded([json({ id: "a", map: { "4111-1111": "x" }, secret1: 1, secret2: 2 })], overrides);

    expect(rejects[0]!.error.message).toBe(
      "map.*: Invalid input: expected number, received string; (event): 2 unrecognized keys",
    );
  });

  it.each([
    ["check", z.object({ id: z.string().refine(async () => true) })],
    ["check that fails", z.object({ id: z.string().refine(async () => false) })],
    ["transform", z.object({ id: z.string().transform(async (id) => id) })],
  ])("is a mistake of the set-up where it has an asynchronous %s", (_, schema) => {
    const decode = () => decoded([event(1)], { event: schema });

    expect(decode).toThrow(ConfigError);
    expect(decode).toThrow(
      'pipeline "test-pipeline", field `event`: the schema has an asynchronous refinement or transform. Events are checked by the thousand; use synchronous checks only.',
    );
  });

  it("is the event's own fault where the schema's code throws", () => {
    const schema = z.object({ id: z.string().transform(() => (undefined as unknown as string).length) });

    const { rejects } = decoded([event(1)], { event: schema });

    expect(rejects[0]!.error).toMatchObject({
      code: "schema",
      stage: "preprocess",
      message: "The pipeline's own code threw TypeError: Cannot read properties of undefined (reading 'length')",
      cause: expect.any(TypeError),
    });
  });
});

describe("what the schema lets pass", () => {
  it("is the value itself where the schema only checks", () => {
    const chunk = decoded([json({ ...event(1), unknown: 7 })], { event: z.object({ id: z.string() }) });

    expect(chunk.events[0]).toEqual({ ...event(1), unknown: 7 });
  });

  it("is the schema's output where it transforms", () => {
    const schema = z.object({ id: z.string().trim(), key: z.string().default("none"), at: z.coerce.number() });
    const overrides = { event: schema, features: { at: (of: { at: number }) => of.at } };

    const chunk = decoded(['{"id":" a ","at":"12","unknown":7}'], overrides);

    expect(chunk.events[0]).toEqual({ id: "a", key: "none", at: 12 });
    expect(chunk).toMatchObject({ ids: ["a"], keys: ["none"], times: [12] });
    expect([...chunk.features.data]).toEqual([12]);
  });

  it.each([
    ["checks", z.looseObject({ id: z.string(), at: z.number() })],
    ["transforms", z.looseObject({ id: z.string(), at: z.number().default(1) })],
    ["has a record", z.object({ id: z.string(), at: z.number(), map: z.record(z.string(), z.any()).optional() })],
  ])("changes no prototype where the schema %s", (_, schema) => {
    const names = Object.getOwnPropertyNames(Object.prototype);
    const pollution = '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}';
    const overrides = {
      event: schema,
      key: () => "k",
      features: { polluted: (of: { polluted?: boolean }) => Number(of.polluted === true) },
    };

    const chunk = decoded([`{"id":"a","at":1,${pollution},"map":{${pollution}}}`], overrides);

    expect(chunk.ids).toEqual(["a"]);
    expect([...chunk.features.data]).toEqual([0]);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(names);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
