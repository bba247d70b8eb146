/**
 * What a provider knows of its resource types, as committed in `schemas/<package>.json`.
 *
 * A property's key ends in `?` when it may be absent. Its type is written as in TypeScript, from: `string`, `number`,
 * `boolean`, `any`, `asset`, `archive`, `resource` (a reference, which arrives as its id), `"text"` (just this text),
 * `T[]`, `Record<T>`, `T | U` and the name of a nested type, which has a dot: `lambda.FunctionVpcConfig`.
 */
export interface Schema {
  sdk: string;
  resources: Record<string, ResourceSchema>;
  /** Nested types of inputs and of outputs, which have their own fields: a name may be in both. */
  inputTypes: Record<string, Properties>;
  outputTypes: Record<string, Properties>;
}

export interface ResourceSchema {
  inputs: Properties;
  outputs: Properties;
}

export type Properties = Record<string, string>;

export type Type =
  | { kind: "string" | "number" | "boolean" | "any" | "asset" | "archive" | "resource" }
  | { kind: "literal"; text: string }
  | { kind: "array" | "record"; of: Type }
  | { kind: "union"; of: Type[] }
  | { kind: "nested"; name: string };

export interface Property {
  name: string;
  required: boolean;
  type: Type;
}

const parsed = new WeakMap<Properties, readonly Property[]>();

/** A type's properties in a form to work with. */
export function propertiesOf(properties: Properties): readonly Property[] {
  let all = parsed.get(properties);
  if (!all) {
    all = Object.entries(properties).map(([key, text]) => ({
      name: key.replace(/\?$/, ""),
      required: !key.endsWith("?"),
      type: parseType(text),
    }));
    parsed.set(properties, all);
  }
  return all;
}

/** The type that the notation stands for. Throws on what is not in the notation. */
export function parseType(text: string): Type {
  const union = splitUnion(text);
  if (union.length > 1) return { kind: "union", of: union.map(parseType) };
  if (text.endsWith("[]")) return { kind: "array", of: parseType(text.slice(0, -2)) };
  if (text.startsWith("(") && text.endsWith(")")) return parseType(text.slice(1, -1));
  if (text.startsWith("Record<") && text.endsWith(">")) return { kind: "record", of: parseType(text.slice(7, -1)) };
  switch (text) {
    case "string":
    case "number":
    case "boolean":
    case "any":
    case "asset":
    case "archive":
    case "resource":
      return { kind: text };
  }
  if (/^"[^"]*"$/.test(text)) return { kind: "literal", text: text.slice(1, -1) };
  if (/^[\w.]+\.\w+$/.test(text)) return { kind: "nested", name: text };
  throw new Error(`"${text}" is not a type of the schema's notation`);
}

/** The parts between the bars that no bracket encloses. */
function splitUnion(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === "(" || char === "<") depth++;
    if (char === ")" || char === ">") depth--;
    if (char === "|" && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}
