import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openGcpEmulators } from "../emulators/gcp";
import { startModelServer } from "../functions/model-server/server";
import { type GcpPrograms, makeGcpPrograms } from "./gcp-programs";
import { measureStarts, type Starts } from "./starts";

type Program = Exclude<keyof GcpPrograms, "bare">;

export interface GcpStartResult extends Pick<Starts<Program>, "loadedMs" | "rssMb"> {
  /** Median over rounds of our time, but for the model, / that of the clients, which have called nobody yet. */
  againstClients: number;
}

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
    const { loadedMs, rssMb, ratio } = await measureStarts<Program>({
      programs: { ...programs },
      child: CHILD,
      environment,
      rounds,
    });
    return { loadedMs, rssMb, againstClients: ratio("own", "clients") };
  } finally {
    await emulators.close();
    await model.close(0);
    rmSync(folder, { recursive: true, force: true });
  }
}
