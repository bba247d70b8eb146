import path from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { shown } from "../adapters/shown";

/** What every command takes. */
export interface CommonOptions {
  json?: boolean;
  debug?: boolean;
}

export function common(command: Command): Command {
  return command
    .option("--json", "results as JSON on standard output, nothing else there")
    .option("--debug", "show stack traces of errors")
    .helpOption("-h, --help", "print help");
}

/** Of the commands that work on a deployment. */
export interface DeploymentOptions {
  pipeline?: string;
  database?: string;
  stack?: string;
  outputs?: string;
}

/** The options of every command that works on a deployment. */
export function onDeployment(command: Command, databaseDefault: string): Command {
  return command
    .option("-d, --database <directory>", `where to look (default: ${databaseDefault})`)
    .option("--stack <name>", "a deployed stack instead, as `pulumi stack ls` shows it")
    .option("--outputs <file>", "the stack's outputs as JSON (default: those that `pulumi stack output` gives)");
}

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Use a whole number from ${least} on.`);
  };
}

export function positiveNumber(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Use a number above 0.");
}

/** Milliseconds since 1970, or a date as in `2026-11-22` or `2026-11-22T14:00:00Z`; without a zone it is UTC. */
export function moment(text: string): number {
  if (/^\d{10,16}$/.test(text)) return Number(text);
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(text) || !text.includes(":") ? text : `${text.replace(" ", "T")}Z`;
  const ms = /^\d{4}-\d{2}/.test(text) ? Date.parse(zoned) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError("Use a date as 2026-11-22T14:00:00Z, or milliseconds since 1970.");
}

export function limit(text: string): number {
  return text === "all" ? Number.MAX_SAFE_INTEGER : wholeNumber(1)(text);
}

/** How this very command was called, so that what we suggest can be copied. */
export function commandName(): string {
  const script = process.argv[1] ?? "";
  return path.basename(script).startsWith("sluice.cjs")
    ? `node ${quoted(shown(script))}`
    : process.env["npm_command"] === "exec"
      ? "npx sluice"
      : "sluice";
}

export function quoted(argument: string): string {
  return /^[\w./:=@-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
