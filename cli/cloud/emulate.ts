import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { loadPipeline } from "../../adapters/pipeline-file";
import { shown } from "../../adapters/shown";
import { HOME } from "../database";
import type { EmulateOptions } from "../emulate";
import { counted } from "../format";
import { commandName, quoted } from "../options";
import { onInterrupt } from "../run/interrupt";
import { createTally } from "../run/tally";
import { createTerminal } from "../terminal";
import { aborted } from "./common";
import { startEmulated } from "./emulated";

/** How often raw events are written to the archive; a cloud's own buffer waits for minutes. */
const ARCHIVE_MS = 1_000;

export async function executeEmulate(options: EmulateOptions): Promise<void> {
  const { cloud } = options;
  const terminal = createTerminal(options);
  const loaded = loadPipeline({ file: options.pipeline, model: options.model });
  const tally = createTally();
  const workers = options.workers ?? os.availableParallelism();
  terminal.note(`Bundling the function and starting ${cloud}'s services on this machine ...`);
  const { inference } = options;
  const { telemetry } = tally;
  const emulated = await startEmulated(cloud, { loaded, workers, inference, telemetry, note: terminal.note });
  const file = path.resolve(HOME, `emulated-${cloud}.json`);
  const interrupt = onInterrupt({ onFirst: () => {}, onSecond: () => process.exit(1) });
  const archiving = setInterval(() => void emulated.archived().catch(() => {}), ARCHIVE_MS);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(emulated.outputs, undefined, 2)}\n`);
    if (terminal.json) terminal.data({ outputs: emulated.outputs, environment: emulated.environment, file });
    else {
      const exports = Object.entries(emulated.environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
      const where = `--stack ${cloud} --outputs ${quoted(shown(file))}`;
      terminal.print(exports.join("\n"));
      terminal.print();
      terminal.note(
        `${loaded.pipeline.name} runs on emulated ${cloud} services. In another terminal, with these variables:`,
      );
      for (const command of ["send --events <file>", "predictions", "dead-letters list"])
        terminal.note(`  ${commandName()} ${command} ${where}`);
      terminal.note("Ctrl-C ends it.");
    }
    await aborted(interrupt.signal);
    const { received, stored, deadLettered } = tally.dump();
    terminal.note(`${counted(received, "event")}: ${stored} stored, ${deadLettered} dead letters`);
  } finally {
    clearInterval(archiving);
    interrupt.dispose();
    rmSync(file, { force: true });
    await emulated.close();
  }
}
