import Table from "cli-table3";
import { clip } from "../../shared/errors";
import { withDeployment } from "../deployment";
import { count, moment } from "../format";
import { createTerminal } from "../terminal";
import { type FilterOptions, filterOf, withoutBody } from "./options";

/** Columns a message may take where the width of the terminal is unknown. */
const MESSAGE_WIDTH = 80;
const OTHER_COLUMNS = 84;

export function list(options: FilterOptions & { limit: number }): Promise<void> {
  const terminal = createTerminal(options);
  const { colors } = terminal;
  return withDeployment(options, async ({ deadLetters }) => {
    const letters = deadLetters.list(filterOf(options, options.limit));
    if (terminal.json) {
      for await (const letter of letters) {
        if (terminal.closed) return;
        terminal.data(withoutBody(letter));
      }
      return;
    }
    const head = ["id", "failed at", "reason", "bytes", "message"].map((name) => colors.dim(name));
    const table = new Table({
      head,
      style: { head: [], border: [], compact: true },
      colAligns: ["left", "left", "left", "right"],
    });
    const width = Math.max(24, (process.stdout.columns ?? OTHER_COLUMNS + MESSAGE_WIDTH) - OTHER_COLUMNS);
    let shown = 0;
    for await (const { id, failedAt, code, body, message } of letters) {
      table.push([id, moment(failedAt), code, count(body.length), clip(message, width)]);
      shown++;
    }
    if (shown === 0) return terminal.print("no dead letter matches.");
    terminal.print(table.toString());
    if (shown === options.limit) terminal.print(colors.dim(`the first ${count(shown)}; --limit shows more.`));
  });
}
