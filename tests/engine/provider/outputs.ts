import { propertiesOf, type Schema, type Type } from "../schemas/schema";
import { meantType } from "./fits";
import { hasUnknown, isObject, type Properties, UNKNOWN } from "./values";

export interface OutputOptions {
  /** What the cloud answers for a property of the resource; undefined leaves it to the shape. */
  answer: (property: string) => unknown;
  /** Before the update: what the provider would not know yet. */
  isUnknown: (property: string) => boolean;
}

/**
 * Every output that the type declares: inputs as they were given, filled up with the fields that only the cloud sets;
 * then the cloud's own answers; then values of the declared shape. An optional output that nobody gave stays away.
 */
export function shapeOutputs(schema: Schema, type: string, inputs: Properties, options: OutputOptions): Properties {
  const { inputs: declaredInputs, outputs } = schema.resources[type]!;
  const accepted = new Set(propertiesOf(declaredInputs).map(({ name }) => name));
  const result: Properties = {};
  for (const { name, required, type } of propertiesOf(outputs)) {
    const unknown = options.isUnknown(name);
    const given = inputs[name];
    if (given !== undefined && given !== null) {
      result[name] = fill(schema, type, given, {
        unknown,
        fallback: isObject(given) ? options.answer(name) : undefined,
      });
      continue;
    }
    const answer = options.answer(name) ?? (required ? invent(schema, type, name, !accepted.has(name)) : undefined);
    if (answer !== undefined) result[name] = unknown ? UNKNOWN : answer;
  }
  return result;
}

interface Filling {
  /** The fields are not known yet. */
  unknown: boolean;
  /** What the cloud would have answered for the whole value. */
  fallback?: unknown;
}

/** A given value with the fields that its output type has and its input type did not ask for. */
function fill(schema: Schema, declared: Type, given: unknown, filling: Filling): unknown {
  const type = meantType(schema.outputTypes, declared, given) ?? declared;
  if (type.kind === "array" && Array.isArray(given))
    return given.map((item) => fill(schema, type.of, item, { unknown: filling.unknown }));
  if (type.kind === "record" && Array.isArray(given)) return perName(schema, type.of, given, filling);
  // A policy may be given as an object; the cloud keeps its text.
  if (type.kind === "string" && isObject(given)) return hasUnknown(given) ? UNKNOWN : JSON.stringify(given);
  if (type.kind !== "nested" || !isObject(given)) return given;
  const filled: Properties = { ...given };
  for (const { name, required, type: inner } of fieldsOf(schema, type.name)) {
    const value = given[name];
    const fallback = isObject(filling.fallback) ? filling.fallback[name] : undefined;
    if (value !== undefined && value !== null) filled[name] = fill(schema, inner, value, { ...filling, fallback });
    else if (required) filled[name] = filling.unknown ? UNKNOWN : (fallback ?? invent(schema, inner, name, false));
  }
  return filled;
}

/** Azure takes a list of identities, and answers with what it knows of each. */
function perName(schema: Schema, type: Type, names: readonly unknown[], { unknown, fallback }: Filling): unknown {
  if (unknown || hasUnknown(names)) return UNKNOWN;
  const known = isObject(fallback) ? fallback : {};
  return Object.fromEntries(names.map(String).map((name) => [name, known[name] ?? invent(schema, type, name, true)]));
}

/**
 * A value of the shape of a type. One that only the cloud sets is not empty, so that a program which reads
 * `endpoints[0].url` can; one that the program could have set and did not is empty.
 * @param outer Names of the types that this one is in: of one that is in itself there is none.
 */
function invent(schema: Schema, type: Type, name: string, cloudsOwn: boolean, outer: readonly string[] = []): unknown {
  switch (type.kind) {
    case "string":
    case "any":
    case "resource":
      return cloudsOwn ? plausible(name) : "";
    case "literal":
      return type.text;
    case "number":
      return cloudsOwn ? 1 : 0;
    case "boolean":
      return false;
    case "array": {
      const isEndless = type.of.kind === "nested" && outer.includes(type.of.name);
      return cloudsOwn && !isEndless ? [invent(schema, type.of, name, true, outer)] : [];
    }
    case "record":
      return {};
    case "union":
      return invent(schema, type.of[0]!, name, cloudsOwn, outer);
    case "nested": {
      const inner = [...outer, type.name];
      const required = fieldsOf(schema, type.name).filter((field) => field.required);
      return Object.fromEntries(
        required.map((field) => [field.name, invent(schema, field.type, field.name, cloudsOwn, inner)]),
      );
    }
    case "asset":
    case "archive":
      throw new Error(`the cloud does not make up ${name}, which is an ${type.kind}`);
  }
}

function plausible(name: string): string {
  if (/(?:url|uri|endpoint)$/i.test(name)) return `https://${name.toLowerCase()}.stand-in.invalid/`;
  if (/(?:date|time|timestamp|modified)$/i.test(name)) return "2026-01-01T00:00:00.000Z";
  return `${name}-0`;
}

function fieldsOf(schema: Schema, name: string) {
  const declared = schema.outputTypes[name];
  if (!declared) throw new Error(`the schema has no output type ${name}`);
  return propertiesOf(declared);
}
