import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type * as z from "zod";
import { awsConfig } from "../infra/config/aws";

/** The table of configuration keys in docs/aws.md, made of the schema: `node -r ./tools/register.cjs tools/aws-keys.ts`. */
const FILE = path.resolve(__dirname, "../docs/aws.md");
const BLOCK = /(<!-- keys -->\n)[\s\S]*(<!-- \/keys -->)/;

export function keysTable(): string {
  const rows = Object.entries(awsConfig.shape).map(([key, schema]) => {
    const { description = "", example = "" } = (schema as z.ZodType).meta() as {
      description?: string;
      example?: string;
    };
    return `| \`${key}\` | ${description} | ${defaultOf(key)} | \`${example}\` |`;
  });
  return ["| key | what it does | default | for example |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

/** The page with the table in its place. */
export function withKeys(page: string): string {
  return page.replace(BLOCK, (_, start: string, end: string) => start + keysTable() + end);
}

/** What a stack gets that does not set the key; nothing where it stays unset or depends on others. */
function defaultOf(key: string): string {
  const value: unknown = (awsConfig.partial().parse({ cloud: "aws" }) as Record<string, unknown>)[key];
  if (key === "cloud" || value === undefined) return "";
  return `\`${typeof value === "object" ? JSON.stringify(value) : String(value)}\``;
}

if (require.main === module) writeFileSync(FILE, withKeys(readFileSync(FILE, "utf8")));
