import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type * as z from "zod";
import { awsConfig } from "../infra/config/aws";
import { azureConfig } from "../infra/config/azure";
import { gcpConfig } from "../infra/config/gcp";

/** The tables of configuration keys in docs/<cloud>.md, made of the schemas: `node -r ./tools/register.cjs tools/config-keys.ts`. */
export const SCHEMAS = { aws: awsConfig, gcp: gcpConfig, azure: azureConfig } as const;

export type Cloud = keyof typeof SCHEMAS;

const DOCS = path.resolve(__dirname, "../docs");
const BLOCK = /(<!-- keys -->\n)[\s\S]*(<!-- \/keys -->)/;

export function keysTable(cloud: Cloud): string {
  const schema: z.ZodObject = SCHEMAS[cloud];
  const defaults = schema.partial().parse({ cloud });
  const rows = Object.entries(schema.shape).map(([key, kind]) => {
    const { description = "", example = "" } = (kind as z.ZodType).meta() as Partial<Record<string, string>>;
    const given = key === "cloud" ? cloud : example;
    return `| \`${key}\` | ${description} | ${key === "cloud" ? "" : shown(defaults[key])} | \`${given}\` |`;
  });
  return ["| key | what it does | default | for example |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

/** A cloud's page with the table in its place. */
export function withKeys(cloud: Cloud, page: string): string {
  return page.replace(BLOCK, (_, start: string, end: string) => start + keysTable(cloud) + end);
}

/** What a stack gets that does not set the key; nothing where it stays unset or depends on others. */
function shown(value: unknown): string {
  if (value === undefined) return "";
  return `\`${typeof value === "object" ? JSON.stringify(value) : String(value)}\``;
}

function main(): void {
  for (const cloud of Object.keys(SCHEMAS) as Cloud[]) {
    const file = path.join(DOCS, `${cloud}.md`);
    if (existsSync(file)) writeFileSync(file, withKeys(cloud, readFileSync(file, "utf8")));
  }
}

if (require.main === module) main();
