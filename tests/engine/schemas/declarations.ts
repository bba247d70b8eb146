import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** An SDK's type declarations, read as syntax: a type checker would need 5 s and 700 MB for the same answer. */
export interface Declarations {
  version: string;
  /** A resource's arguments and its class, by its module, such as `lambda/function`, and its name there. */
  resource(module: string, name: string): { args: Members; outputs: Members };
  /** The interface that `inputs.<name>` or `outputs.<name>` stands for. */
  nested(kind: "input" | "output", name: string): Members;
}

/** Declared properties by name. */
export type Members = ReadonlyMap<string, Member>;

export interface Member {
  optional: boolean;
  type: ts.TypeNode;
}

/** Declarations below a package's folder; a name that is not declared is an error that says where it was looked for. */
export function readDeclarations(folder: string): Declarations {
  const kinds = new Map<string, Map<string, Members>>();

  return {
    version: (JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as { version: string }).version,

    resource(module, name) {
      const file = declaringFile(folder, module, name);
      const all = declared(parse(file));
      return { args: found(all.get(`${name}Args`), `${name}Args`, file), outputs: found(all.get(name), name, file) };
    },

    nested(kind, name) {
      const file = path.join(folder, "types", `${kind}.d.ts`);
      const all = kinds.get(kind) ?? declared(parse(file));
      kinds.set(kind, all);
      return found(all.get(name), name, file);
    },
  };
}

/** Most modules are files; some are named otherwise, such as `projects/iammember.d.ts` for `projects/iAMMember`. */
function declaringFile(folder: string, module: string, name: string): string {
  const declares = (file: string) => readFileSync(file, "utf8").includes(`class ${name} extends pulumi.CustomResource`);
  const named = path.join(folder, `${module}.d.ts`);
  if (existsSync(named) && declares(named)) return named;
  const siblings = readdirSync(path.dirname(named)).filter((file) => file.endsWith(".d.ts"));
  const file = siblings.map((sibling) => path.join(path.dirname(named), sibling)).find(declares);
  if (file === undefined) throw new Error(`${name} is not declared in ${path.dirname(named)}`);
  return file;
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
}

/** Interfaces and classes by name; those of a namespace as `namespace.Name`. */
function declared(source: ts.SourceFile): Map<string, Members> {
  const all = new Map<string, Members>();

  const visit = (statements: Iterable<ts.Statement>, prefix: string): void => {
    for (const statement of statements) {
      if (ts.isInterfaceDeclaration(statement)) all.set(prefix + statement.name.text, members(statement.members));
      if (ts.isClassDeclaration(statement) && statement.name)
        all.set(prefix + statement.name.text, members(statement.members));
      if (ts.isModuleDeclaration(statement) && statement.body && ts.isModuleBlock(statement.body))
        visit(statement.body.statements, `${prefix}${statement.name.text}.`);
    }
  };

  visit(source.statements, "");
  return all;
}

function members(elements: Iterable<ts.TypeElement | ts.ClassElement>): Members {
  const all = new Map<string, Member>();
  for (const element of elements) {
    if (!ts.isPropertySignature(element) && !ts.isPropertyDeclaration(element)) continue;
    if (!element.type || !(ts.isIdentifier(element.name) || ts.isStringLiteral(element.name))) continue;
    if (ts.getCombinedModifierFlags(element as ts.Declaration) & ts.ModifierFlags.Static) continue;
    all.set(element.name.text, { optional: element.questionToken !== undefined, type: element.type });
  }
  return all;
}

function found(members: Members | undefined, name: string, file: string): Members {
  if (!members) throw new Error(`${name} is not declared in ${file}`);
  return members;
}
