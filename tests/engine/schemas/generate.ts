import { writeFileSync } from "node:fs";
import path from "node:path";
import { readDeclarations } from "./declarations";
import { extractSchema } from "./extract";
import { RESOURCE_TYPES } from "./types";

const ROOT = path.resolve(__dirname, "../../..");

/** The text of `schemas/<name>.json` for the SDK that is installed. */
export function generateSchema(name: string): string {
  const sdk = `@pulumi/${name}`;
  const declarations = readDeclarations(path.join(ROOT, "node_modules", sdk));
  return `${JSON.stringify(extractSchema(sdk, RESOURCE_TYPES[name] ?? [], declarations), null, 2)}\n`;
}

if (require.main === module) {
  for (const name of Object.keys(RESOURCE_TYPES)) {
    const file = path.join(__dirname, `${name}.json`);
    writeFileSync(file, generateSchema(name));
    console.log(`wrote ${path.relative(ROOT, file)}`);
  }
}
