import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { openGcpEmulators } from "../emulators/gcp";
import { startModelServer } from "../functions/model-server/server";
import { type GcpPrograms, makeGcpPrograms } from "./gcp-programs";
import { median } from "./measure";
import { output } from "./spawn";

export interface GcpStartResult {
  /** From the start of Node to a handler that is ready, over Node that does nothing; medians, milliseconds. */
  loadedMs: Record<Exclude<keyof GcpPrograms, "bare">, number>;
  /** Median over rounds of our time, but for the model, / that of the clients, which have called nobody yet. */
  againstClients: number;
  /** Memory of the process then, megabytes. */
  rssMb: Record<keyof GcpPrograms, number>;
}

interface Measured {
  loadedMs: number;
  rssMb: number;
}

type Round = Record<keyof GcpPrograms, Measured>;

const CHILD = path.join(__dirname, "gcp-child.mjs");
const MODEL_DIR = path.join(__dirname, "..", "examples", "card-fraud");

/** A cold start of the function, in processes of their own that take turns. */
export async function benchGcpStart(rounds = 15): Promise<GcpStartResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "sluice-bench-"));
  const model = await startModelServer({ modelDirs: [MODEL_DIR] });
  await model.ready;
  const emulators = await openGcpEmulators();
  const environment = {
    ...emulators.environment,
    SLUICE_COLLECTION: "projects/local/databases/bench/documents/predictions",
    SLUICE_DEAD_TOPIC: "projects/local/topics/dead",
    SLUICE_ACTIONS_TOPIC: "projects/local/topics/actions",
    SLUICE_ENDPOINT: model.url,
  };
  try {
    const programs = await makeGcpPrograms(folder);
    const names = Object.keys(programs) as (keyof GcpPrograms)[];
    const all: Round[] = [];
    // The first round fills the disk's cache.
    for (let round = 0; round <= rounds; round++) {
      const measured = {} as Round;
      // Taking turns in going first.
      for (const name of round % 2 === 0 ? names : names.toReversed())
        measured[name] = await start(programs[name], environment);
      if (round > 0) all.push(measured);
    }
    return summary(all);
  } finally {
    await emulators.close();
    await model.close(0);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function start(file: string, environment: Readonly<Record<string, string>>): Promise<Measured> {
  const startedAt = performance.timeOrigin + performance.now();
  const { loadedAt, rss } = JSON.parse(await output([CHILD, file], { environment }));
  return { loadedMs: loadedAt - startedAt, rssMb: rss / 1024 / 1024 };
}

function summary(rounds: readonly Round[]): GcpStartResult {
  const over = (name: keyof GcpPrograms) => rounds.map((round) => round[name].loadedMs - round.bare.loadedMs);
  const loaded = (name: keyof GcpPrograms) => median(over(name));
  const rss = (name: keyof GcpPrograms) => median(rounds.map((round) => round[name].rssMb));
  const clients = over("clients");
  return {
    loadedMs: {
      own: loaded("own"),
      inProcess: loaded("inProcess"),
      endpoint: loaded("endpoint"),
      clients: loaded("clients"),
    },
    againstClients: median(over("own").map((ms, round) => ms / clients[round]!)),
    rssMb: {
      bare: rss("bare"),
      own: rss("own"),
      inProcess: rss("inProcess"),
      endpoint: rss("endpoint"),
      clients: rss("clients"),
    },
  };
}
