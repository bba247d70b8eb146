import { type Properties as Declared, propertiesOf, type Schema, type Type } from "../schemas/schema";
import { meantType } from "./fits";
import { isArchive, isAsset, isObject, joinPath, type Properties } from "./values";

/** What is wrong with an input. */
export interface Failure {
  /** The path of the property. */
  property: string;
  reason: string;
}

/** Inputs that the type does not have, that are missing, or that are of another type than declared. */
export function checkInputs(schema: Schema, type: string, inputs: Properties): Failure[] {
  const failures: Failure[] = [];

  const checkObject = (declared: Declared, value: Properties, path: string, owner: string): void => {
    const properties = propertiesOf(declared);
    for (const { name, required, type } of properties) {
      const at = joinPath(path, name);
      const given = value[name];
      if (given === undefined || given === null) {
        if (required) failures.push({ property: at, reason: `missing required property "${name}" of ${owner}` });
      } else {
        checkValue(type, given, at);
      }
    }
    const known = properties.map(({ name }) => name);
    for (const name of Object.keys(value)) {
      if (name.startsWith("__") || known.includes(name)) continue;
      const reason = `${owner} has no property "${name}"; it has: ${known.join(", ")}`;
      failures.push({ property: joinPath(path, name), reason });
    }
  };

  const checkValue = (type: Type, value: unknown, path: string): void => {
    const fitting = meantType(schema.inputTypes, type, value);
    if (!fitting) {
      failures.push({ property: path, reason: `expected ${describe(type)}, got ${describeValue(value)}` });
    } else if (fitting.kind === "array" && Array.isArray(value)) {
      value.forEach((item, i) => {
        checkValue(fitting.of, item, joinPath(path, i));
      });
    } else if (fitting.kind === "record" && isObject(value)) {
      for (const [key, item] of Object.entries(value)) checkValue(fitting.of, item, joinPath(path, key));
    } else if (fitting.kind === "nested" && isObject(value)) {
      const declared = schema.inputTypes[fitting.name];
      if (!declared) throw new Error(`the schema has no input type ${fitting.name}`);
      checkObject(declared, value, path, fitting.name);
    }
  };

  const resource = schema.resources[type];
  if (!resource) return [unlisted(type)];
  checkObject(resource.inputs, inputs, "", type);
  return failures;
}

function unlisted(type: string): Failure {
  const reason =
    `the stand-in provider does not know ${type}: add it to tests/engine/schemas/types.ts, run ` +
    "`node --require ./tools/register.cjs tests/engine/schemas/generate.ts` and give it an entry in " +
    "tests/engine/replacement/";
  return { property: "", reason };
}

function describe(type: Type): string {
  switch (type.kind) {
    case "array":
      return `an array of ${describe(type.of)}`;
    case "record":
      return `a map of ${describe(type.of)}`;
    case "nested":
      return type.name;
    case "literal":
      return JSON.stringify(type.text);
    case "union":
      return type.of.map(describe).join(" or ");
    default:
      return type.kind;
  }
}

/** The kind of a value and not the value: an input may be a secret. */
function describeValue(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (isAsset(value)) return "an asset";
  if (isArchive(value)) return "an archive";
  if (isObject(value)) return "an object";
  return typeof value;
}
