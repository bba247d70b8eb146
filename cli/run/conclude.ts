import { shown } from "../../adapters/shown";
import { Failure } from "../failure";
import { counted } from "../format";
import type { Terminal } from "../terminal";
import type { RunOptions } from "./begin";
import { showSummary } from "./show";
import type { RunSummary } from "./summary";

/** Tells what a run has come to. @throws Failure if events are missing, or the run was interrupted. */
export function conclude(summary: RunSummary, terminal: Terminal, options: RunOptions): void {
  if (terminal.json) terminal.data(summary);
  else showSummary(summary, terminal, { pipelineFile: options.pipeline });
  if (!summary.conservation.holds)
    throw new Failure(
      `EVENTS ARE MISSING: ${counted(summary.conservation.missing, "accepted event")} neither stored nor dead-lettered. Please report this, and keep ${shown(summary.database)}.`,
      { isInResult: true },
    );
  if (!summary.interrupted) return;
  // An emulated cloud is gone with its command.
  const again = summary.platform === "local" ? "to go on" : "to start over";
  throw new Failure(`interrupted; run the same command again ${again}.`, { isInResult: true });
}
