import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { shown } from "../../adapters/shown";
import { encodeDeadLetter } from "../../shared/deadletter";
import { ConfigError } from "../../shared/errors";
import { withDeployment } from "../deployment";
import { counted } from "../format";
import { createTerminal } from "../terminal";
import { type FilterOptions, filterOf } from "./options";

/** Letters with their events, in the form every cloud's dead-letter store holds them. The letters stay where they are. */
export function exportLetters(options: FilterOptions & { out: string; limit: number }): Promise<void> {
  const terminal = createTerminal(options);
  return withDeployment(options, async ({ deadLetters }) => {
    const letters = deadLetters.list(filterOf(options, options.limit));
    if (options.out === "-") {
      for await (const letter of letters) {
        if (terminal.closed) return;
        process.stdout.write(`${encodeDeadLetter(letter)}\n`);
      }
      return;
    }
    const file = path.resolve(options.out);
    const target = create(file);
    let written = 0;
    try {
      for await (const letter of letters) {
        writeSync(target, `${encodeDeadLetter(letter)}\n`);
        written++;
      }
    } catch (thrown) {
      // Half a file would look like a whole one.
      rmSync(file);
      throw thrown;
    } finally {
      closeSync(target);
    }
    if (terminal.json) terminal.data({ exported: written, file });
    else terminal.print(`${counted(written, "dead letter")} written to ${shown(file)}`);
  });
}

/** For this user's eyes only: the events are in it. */
function create(file: string): number {
  try {
    return openSync(file, "wx", 0o600);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const where = `file ${shown(file)}`;
    if (code === "EEXIST")
      throw new ConfigError("it is there already.", where, "Name a new one, or move it away.", { cause });
    throw new ConfigError(
      `it cannot be created (${code}).`,
      where,
      "Name one in a directory that exists and may be written.",
      { cause },
    );
  }
}
