import type * as z from "zod";
import type { ConfigError } from "../../shared/errors";
import { nearest } from "./nearest";
import { NAMESPACE, problem } from "./problems";

/** A stack's configuration as Pulumi hands it over: `namespace:key` to text. */
export type RawConfig = Readonly<Record<string, string>>;

export type Reading<Config> = { config: Config; problems?: never } | { config?: never; problems: ConfigError[] };

/** Reads the project's own keys. Keys of other namespaces (`aws:region`) belong to the providers. */
export function readConfig<Shape extends z.ZodObject>(schema: Shape, raw: RawConfig): Reading<z.output<Shape>> {
  const given = ownKeys(raw);
  const parsed = schema.safeParse(given);
  if (parsed.success) return { config: parsed.data };
  return { problems: parsed.error.issues.flatMap((issue) => explain(issue, schema, given)) };
}

function ownKeys(raw: RawConfig): Record<string, string> {
  const prefix = `${NAMESPACE}:`;
  return Object.fromEntries(
    Object.entries(raw).flatMap(([key, text]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), text]] : [])),
  );
}

function explain(issue: z.core.$ZodIssue, schema: z.ZodObject, given: Record<string, string>): ConfigError[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, Object.keys(schema.shape)));
  const key = String(issue.path[0]);
  const example = `Write \`${NAMESPACE}:${key}: ${exampleOf(schema, key)}\`, for example.`;
  const text = given[key];
  return [problem(key, text === undefined ? "it is missing." : `${shown(text)} ${issue.message}.`, example)];
}

function unknownKey(key: string, known: string[]): ConfigError {
  const meant = nearest(key, known);
  const fix = meant ? `Did you mean \`${NAMESPACE}:${meant}\`?` : `The keys are ${known.toSorted().join(", ")}.`;
  return problem(key, "there is no such key.", fix);
}

function exampleOf(schema: z.ZodObject, key: string): string {
  return String((schema.shape[key] as z.ZodType | undefined)?.meta()?.["example"]);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
