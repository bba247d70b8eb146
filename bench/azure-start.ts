import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startModelServer } from "../functions/model-server/server";
import { type AzurePrograms, makeAzurePrograms } from "./azure-programs";
import { measureStarts, type Starts } from "./starts";

type Program = Exclude<keyof AzurePrograms, "bare">;

export interface AzureStartResult extends Pick<Starts<Program>, "loadedMs" | "rssMb"> {
  /** Median over rounds of our time, but for the model, / that of the SDKs, which have called nobody yet. */
  againstSdks: number;
}

const CHILD = path.join(__dirname, "azure-child.cjs");
const MODEL_DIR = path.join(__dirname, "..", "examples", "card-fraud");
/** Nobody calls it: the first batch has no messages. */
const NOWHERE = "http://127.0.0.1:1";

/** A cold start of the function, from the start of its worker process to a handler that is ready. */
export async function benchAzureStart(rounds = 15): Promise<AzureStartResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "sluice-bench-"));
  const model = await startModelServer({ modelDirs: [MODEL_DIR] });
  await model.ready;
  const environment = {
    IDENTITY_ENDPOINT: NOWHERE,
    IDENTITY_HEADER: "bench",
    SLUICE_HUB: "events",
    SLUICE_CONTAINER: `${NOWHERE}/dbs/bench/colls/predictions`,
    SLUICE_DEAD_LETTERS: `${NOWHERE}/letters`,
    SLUICE_ACTIONS: `${NOWHERE}/api/events`,
    SLUICE_ENDPOINT: model.url,
  };
  try {
    const programs = await makeAzurePrograms(folder);
    const { loadedMs, rssMb, ratio } = await measureStarts<Program>({
      programs: { ...programs },
      child: CHILD,
      environment,
      rounds,
    });
    return { loadedMs, rssMb, againstSdks: ratio("own", "sdks") };
  } finally {
    await model.close(0);
    rmSync(folder, { recursive: true, force: true });
  }
}
