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
  if (changesValue(def as Check) || def.checks?.some(({ _zod }) => changesValue(_zod.def as Check))) return false;
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

interface Check {
  check?: string;
  format?: string;
}

/** Checks that may write the value: trim and the like, URLs (which are normalized), and functions of the user's own. */
function changesValue(def: Check): boolean {
  return def.check === "overwrite" || def.check === "custom" || (def.check === "string_format" && def.format === "url");
}

/**
 * The path of an issue as far as the schema spells it out. Keys of a record, and of anything else that takes what comes,
 * are the payload's own and show as `*`.
 */
export function declaredPath(schema: z.ZodType, path: readonly PropertyKey[]): string {
  let at: z.core.$ZodTypes | undefined = schema as unknown as z.core.$ZodTypes;
  const shown = path.map((key) => {
    const def = unwrapped(at)?._zod.def;
    at = undefined;
    if (def?.type === "object" && Object.hasOwn(def.shape, key)) at = def.shape[String(key)] as z.core.$ZodTypes;
    else if (def?.type === "array") at = def.element as z.core.$ZodTypes;
    return at !== undefined || typeof key === "number" ? String(key) : "*";
  });
  return shown.join(".") || "(event)";
}

function unwrapped(schema: z.core.$ZodTypes | undefined): z.core.$ZodTypes | undefined {
  const def = schema?._zod.def;
  return def && "innerType" in def ? unwrapped(def.innerType as z.core.$ZodTypes) : schema;
}
