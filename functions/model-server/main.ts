/**
 * What the container runs, with or without SageMaker's argument `serve`. Ends with 0 after SIGTERM or SIGINT, with 2 if the
 * environment or the model is wrong, with 1 if it cannot start for another reason.
 * @module
 */
import path from "node:path";
import { ConfigError, messageOf } from "../../shared/errors";
import { type LogEntry, startModelServer } from "./server";
import { settingsFrom } from "./settings";

async function main(): Promise<void> {
  const server = await startModelServer({ ...settingsFrom(process.env, path.join(__dirname, "model")), log });
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => {
      // Whatever may still hold the process, it must not outlive its server.
      server.close().then(() => process.exit(0), fail);
    });
  await server.ready;
}

/** One line, for the platform's log. */
function log(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
}

function fail(thrown: unknown): void {
  log({ event: "error", message: messageOf(thrown) });
  process.exit(thrown instanceof ConfigError ? 2 : 1);
}

main().catch(fail);
