import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type FunctionsHostOptions, openFunctionsHost } from "../../../../../emulators/azure/functions-host";
import { systemClock } from "../../../../../emulators/clock";
import { opened } from "../../opened";
import { hubOf } from "./host-harness";

export interface PackageOptions extends Omit<FunctionsHostOptions, "hub"> {
  /** Options of the registration besides the handler, as source. */
  registration?: string;
  /** What stands before and after the registration. */
  before?: string;
  after?: string;
  /** Of host.json. */
  host?: Record<string, unknown>;
  partitions?: number;
}

/** Writes a package whose function has the given body, with `messages`, `context` and `print` in reach. */
export function writePackage(body: string, { registration = "", before = "", after = "", host = {} }: PackageOptions) {
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-app-"));
  const library = JSON.stringify(require.resolve("@azure/functions"));
  const source = `const { app } = require(${library});
const print = (value) => console.log(JSON.stringify(value));
${before}
app.eventHub("process", {
  connection: "HUB", eventHubName: "%HUB%", cardinality: "many", ${registration}
  handler: async (messages, context) => { ${body} },
});
${after}`;
  writeFileSync(path.join(directory, "package.json"), JSON.stringify({ main: "index.cjs" }));
  writeFileSync(path.join(directory, "host.json"), JSON.stringify({ version: "2.0", ...host }));
  writeFileSync(path.join(directory, "index.cjs"), source);
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}

/** A host with such a package; `finish` drains and stops it, and gives what the function printed. Everything is closed and removed after the test. */
export async function packageHost(body: string, options: PackageOptions = {}) {
  const { partitions = 1, ...rest } = options;
  const { directory, remove } = writePackage(body, options);
  await opened({ close: async () => remove() });
  const lines: string[] = [];
  const hub = hubOf(systemClock, partitions);
  const host = await opened(
    openFunctionsHost({
      environment: { HUB: "events" },
      restartMs: 0,
      ownershipMs: 100,
      onLog: (line) => lines.push(line),
      ...rest,
      hub,
      directory,
    }),
  );
  /** Lines come by another way than the end of an invocation: they are all here when the process has ended. */
  const finish = async () => {
    await host.drained();
    await host.stop();
    return lines.map((line) => JSON.parse(line));
  };
  return { host, hub, lines, finish };
}
