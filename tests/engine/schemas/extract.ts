import ts from "typescript";
import type { Declarations, Members } from "./declarations";
import type { Properties, ResourceSchema, Schema } from "./schema";

/** The schema of some resource types and of every type nested in them, from an SDK's declarations. */
export function extractSchema(sdk: string, types: readonly string[], declarations: Declarations): Schema {
  const nested = { input: new Map<string, Properties>(), output: new Map<string, Properties>() };

  const write = (members: Members, kind: "input" | "output"): Properties => {
    const properties: Properties = {};
    for (const [name, { optional, type }] of sorted(members)) {
      if (name === "__pulumiType") continue;
      const text = writeType(type, (inner) => visit(kind, inner));
      const absent = optional || text.absent;
      properties[absent ? `${name}?` : name] = text.type;
    }
    return properties;
  };

  const visit = (kind: "input" | "output", name: string): void => {
    const key = nestedName(name);
    if (nested[kind].has(key)) return;
    nested[kind].set(key, {});
    nested[kind].set(key, write(declarations.nested(kind, name), kind));
  };

  const resources: Record<string, ResourceSchema> = {};
  for (const token of types) {
    const { module, name } = location(token);
    const { args, outputs } = declarations.resource(module, name);
    resources[token] = { inputs: write(args, "input"), outputs: write(outputs, "output") };
  }
  return {
    sdk: `${sdk} ${declarations.version}`,
    resources,
    inputTypes: Object.fromEntries(sorted(nested.input)),
    outputTypes: Object.fromEntries(sorted(nested.output)),
  };
}

/** Where an SDK declares a type: `aws:lambda/alias:Alias` in lambda/alias, `azure-native:storage:Blob` in storage/blob. */
function location(token: string): { module: string; name: string } {
  const [, module, name] = token.split(":") as [string, string, string];
  if (module.includes("/")) return { module, name };
  return { module: `${module}/${name[0]!.toLowerCase()}${name.slice(1)}`, name };
}

interface Written {
  type: string;
  /** `undefined` is one of the values. */
  absent: boolean;
}

/** A type in the schema's notation; `visit` is called with the name of each nested type. */
function writeType(node: ts.TypeNode, visit: (name: string) => void): Written {
  const present = (type: string): Written => ({ type, absent: false });
  const inner = (type: ts.TypeNode): string => writeType(type, visit).type;

  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return present("string");
    case ts.SyntaxKind.NumberKeyword:
      return present("number");
    case ts.SyntaxKind.BooleanKeyword:
      return present("boolean");
    case ts.SyntaxKind.AnyKeyword:
      return present("any");
  }
  if (ts.isParenthesizedTypeNode(node)) return writeType(node.type, visit);
  if (ts.isLiteralTypeNode(node))
    return present(ts.isStringLiteral(node.literal) ? JSON.stringify(node.literal.text) : "string");
  if (ts.isArrayTypeNode(node)) return present(`${grouped(inner(node.elementType))}[]`);
  if (ts.isUnionTypeNode(node)) return writeUnion(node, visit);
  if (ts.isTypeLiteralNode(node)) {
    const index = node.members.find(ts.isIndexSignatureDeclaration);
    if (index) return present(`Record<${inner(index.type)}>`);
  }
  if (ts.isTypeReferenceNode(node)) {
    const name = entityName(node.typeName);
    const [argument] = node.typeArguments ?? [];
    if (argument && ["pulumi.Input", "pulumi.Output"].includes(name)) return writeType(argument, visit);
    return present(named(name, visit));
  }
  throw new Error(`no notation for a type of kind ${ts.SyntaxKind[node.kind]}`);
}

function writeUnion(node: ts.UnionTypeNode, visit: (name: string) => void): Written {
  const isUndefined = (type: ts.TypeNode) => type.kind === ts.SyntaxKind.UndefinedKeyword;
  const types = node.types.filter((type) => !isUndefined(type)).map((type) => writeType(type, visit).type);
  return { type: [...new Set(types)].join(" | "), absent: node.types.some(isUndefined) };
}

function named(name: string, visit: (name: string) => void): string {
  if (name === "pulumi.asset.Archive") return "archive";
  if (name === "pulumi.asset.Asset") return "asset";
  // Enumerations are open in the SDK, `string | enums.X`, and an ARN is an alias of a string.
  if (name.startsWith("enums.") || ["pulumi.ID", "pulumi.URN", "ARN"].includes(name)) return "string";
  const nested = /^(?:inputs|outputs)\.(.+)$/.exec(name)?.[1];
  if (nested === undefined) return "resource";
  visit(nested);
  return nestedName(nested);
}

/** A nested type's name in the schema: the dot is what tells it from a word of the notation. */
function nestedName(name: string): string {
  return name.includes(".") ? name : `index.${name}`;
}

function entityName(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : `${entityName(name.left)}.${name.right.text}`;
}

function grouped(type: string): string {
  return type.includes(" | ") ? `(${type})` : type;
}

function sorted<Value>(entries: Iterable<readonly [string, Value]>): (readonly [string, Value])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}
