import { type Properties as Declared, propertiesOf, type Type } from "../schemas/schema";
import { isArchive, isAsset, isObject, UNKNOWN } from "./values";

/** Whether a value has the outer shape of a type. */
export function fits(type: Type, value: unknown): boolean {
  if (value === UNKNOWN) return true;
  switch (type.kind) {
    case "any":
      return true;
    case "string":
    case "number":
    case "boolean":
      return typeof value === type.kind;
    case "literal":
      return value === type.text;
    case "resource":
      return typeof value === "string";
    case "asset":
      return isAsset(value);
    case "archive":
      return isArchive(value);
    case "array":
      return Array.isArray(value);
    case "record":
    case "nested":
      return isObject(value) && !isAsset(value) && !isArchive(value);
    case "union":
      return type.of.some((alternative) => fits(alternative, value));
  }
}

/**
 * What of a union a value is meant to be; the type itself if it is no union, and undefined if nothing fits. Objects all
 * have the same outer shape: it is the one whose fixed texts agree and that lacks the fewest of the value's fields.
 */
export function meantType(nested: Record<string, Declared>, type: Type, value: unknown): Type | undefined {
  const fitting = (type.kind === "union" ? type.of : [type]).filter((alternative) => fits(alternative, value));
  if (fitting.length < 2 || !isObject(value)) return fitting[0];
  const strange = fitting.map((alternative) => strangeness(nested, alternative, value));
  return fitting[strange.indexOf(Math.min(...strange))];
}

/** A fixed text that differs outweighs any number of fields. */
const OTHER_TEXT = 1000;

function strangeness(nested: Record<string, Declared>, type: Type, value: Record<string, unknown>): number {
  const fields = type.kind === "nested" ? propertiesOf(nested[type.name] ?? {}) : [];
  const others = fields.filter((field) => field.type.kind === "literal" && !fits(field.type, value[field.name]));
  const names = new Set(fields.map(({ name }) => name));
  return others.length * OTHER_TEXT + Object.keys(value).filter((key) => !names.has(key)).length;
}
