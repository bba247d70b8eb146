import type * as z from "zod";

/** Kinds of schema whose output is their input, if their parts are such too. Any other may transform. */
const LEAVES = new Set([
  "string",
  "number",
  "boolean",
  "null",
  "undefined",
  "enum",
  "literal",
  "any",
  "unknown",
  "never",
]);

/**
 * Whether a schema only says yes or no: no transform, default, catch, coercion, trim ... anywhere in it.
 * Kinds of schema that are not listed here count as transforming, which is always safe.
 */
export function onlyChecks(schema: z.ZodType): boolean {
  return pure(schema as unknown as z.core.$ZodTypes, new Set());
}

function pure(schema: z.core.$ZodTypes, seen: Set<unknown>): boolean {
  if (seen.has(schema)) return true;
  seen.add(schema);
  const { def } = schema._zod;
  if ("coerce" in def && def.coerce) return false;
  if (def.checks?.some(({ _zod }) => _zod.def.check === "overwrite")) return false;
  const all = (parts: readonly z.core.SomeType[]) => parts.every((part) => pure(part as z.core.$ZodTypes, seen));
  switch (def.type) {
    case "object":
      return all(Object.values(def.shape)) && (def.catchall === undefined || all([def.catchall]));
    case "array":
      return all([def.element]);
    case "tuple":
      return all(def.items) && (def.rest === null || all([def.rest]));
    case "union":
      return all(def.options);
    case "optional":
    case "nullable":
      return all([def.innerType]);
    default:
      return LEAVES.has(def.type);
  }
}
