import { createHash } from "node:crypto";
import type { Schema } from "../../schemas/schema";
import { isDefault } from "../defaults";
import type { Properties } from "../values";
import type { Dialect, Naming } from "./dialect";

/** A cloud that has no rules of its own: every resource with an optional `name` is named, and its id is its name. */
export function plainDialect(schema: Schema): Dialect {
  return {
    checkConfig: () => [],

    naming(type) {
      const inputs = schema.resources[type]?.inputs ?? {};
      return "name?" in inputs ? { property: "name", separator: "-", random: 7, maxLength: 255 } : undefined;
    },

    defaults: () => ({}),
    deletesFirst: keepsFixedName,
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
    contains: () => false,
    settleMs: () => 0,
    invoke: () => undefined,
  };
}

/** The program chose the physical name and chooses it again, so that old and new cannot exist side by side. */
function keepsFixedName(naming: Naming | undefined, before: Properties, after: Properties): boolean {
  if (!naming || after[naming.property] === undefined || isDefault(after, naming.property)) return false;
  return after[naming.property] === before[naming.property];
}
