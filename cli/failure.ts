import { CommanderError } from "commander";
import { ConfigError, SluiceError } from "../shared/errors";

/** Something that the user should know about and that is no mistake of theirs: exit code 1 and one message. */
export class Failure extends Error {
  override readonly name = "Failure";
  /** The command's JSON result is out already and says it, so standard output gets no second one. */
  readonly isInResult: boolean;

  constructor(message: string, { isInResult = false }: { isInResult?: boolean } = {}) {
    super(message);
    this.isInResult = isInResult;
  }
}

export const FAILED = 1;
export const MISTAKE = 2;

export function exitCodeOf(thrown: unknown): number {
  return thrown instanceof ConfigError || thrown instanceof CommanderError ? MISTAKE : FAILED;
}

/** Tells people on standard error, in one line, and programs (`--json`) on standard output as well. */
export function report(thrown: unknown, { json, debug }: { json: boolean; debug: boolean }): void {
  // Without a subcommand commander has printed the help.
  const isHelp = thrown instanceof CommanderError && thrown.code === "commander.help";
  if (!isHelp) process.stderr.write(`error: ${messageOf(thrown)}\n`);
  if (debug && thrown instanceof Error) process.stderr.write(`${stackOf(thrown)}\n`);
  const isTold = thrown instanceof Failure && thrown.isInResult;
  if (json && !isTold) process.stdout.write(`${JSON.stringify({ error: asData(thrown) })}\n`);
}

export function messageOf(thrown: unknown): string {
  if (thrown instanceof CommanderError) return commanderMessage(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof ConfigError || thrown instanceof Failure) return text;
  if (thrown instanceof SluiceError) return `${thrown.adapter ?? thrown.stage}: ${text} (${thrown.code})`;
  return `internal error: ${text} (--debug shows where; please report it)`;
}

function asData(thrown: unknown): Record<string, unknown> {
  const exitCode = exitCodeOf(thrown);
  if (thrown instanceof ConfigError) {
    const { what, where, fix } = thrown;
    return { exitCode, message: messageOf(thrown), what, where, fix };
  }
  const code = thrown instanceof SluiceError ? { code: thrown.code, stage: thrown.stage } : {};
  return { exitCode, message: messageOf(thrown), ...code };
}

function commanderMessage({ message, code }: CommanderError): string {
  if (code === "commander.help") return "no command was given. `sluice --help` lists them.";
  const line = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return `${line}${/[.)?]$/.test(line) ? "" : "."} \`--help\` shows the options.`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
