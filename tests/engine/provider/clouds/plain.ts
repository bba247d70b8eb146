import { createHash } from "node:crypto";
import type { Schema } from "../../schemas/schema";
import type { Dialect } from "./dialect";

/** A cloud that has no rules of its own: every resource with an optional `name` is named, and its id is its name. */
export function plainDialect(schema: Schema): Dialect {
  return {
    checkConfig: () => [],

    naming(type) {
      const inputs = schema.resources[type]?.inputs ?? {};
      return "name?" in inputs ? { property: "name", separator: "-", random: 7, maxLength: 255 } : undefined;
    },

    checkRules: () => [],

    answer({ type, urn, inputs, siblings }) {
      const digest = createHash("sha256").update(`${urn}#${siblings}`).digest("hex").slice(0, 12);
      const id = typeof inputs["name"] === "string" ? inputs["name"] : `${type.split(":").pop()}-${digest}`;
      return { id, names: [id], output: () => undefined, known: new Set() };
    },

    renewed: () => [],
    refuseCreate: () => undefined,
    refuseDelete: () => undefined,
    outlives: () => false,
    settleMs: () => 0,
    invoke: () => undefined,
  };
}
