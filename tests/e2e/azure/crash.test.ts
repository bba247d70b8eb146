/** @jest-environment ./tests/support/native-environment.cjs */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { bundleFunction } from "../../../functions/azure/bundle";
import { CULPRIT } from "../../fixtures/pipelines/deadly";
import { type AzurePath, openPath } from "../../support/azure/path";
import { type AzureServices, openAzureServices } from "../../support/azure/services";
import { sluiceJson } from "../../support/cli";

const SIZE = 8;
const PIPELINE = path.resolve(__dirname, "../../fixtures/pipelines/deadly.ts");

/** Each way in which a function can end without an answer. */
const DEATHS = {
  exit: "process.exit",
  loop: "an endless loop, until the timeout",
  memory: "too much memory",
};

let services: AzureServices;
let directory: string;
let bundle: string;

jest.setTimeout(120_000);

beforeAll(async () => {
  services = await openAzureServices();
  directory = mkdtempSync(path.join(os.tmpdir(), "sluice-crash-"));
  const placed = await bundleFunction({
    pipelineFile: PIPELINE,
    inference: "in-process",
    outDir: path.join(directory, "build"),
    platform: process.platform as "linux",
    arch: process.arch as "x64",
  });
  bundle = placed.directory;
});

afterAll(async () => {
  await services.close();
  rmSync(directory, { recursive: true });
});

describe("a function that dies at one event", () => {
  for (const [death, how] of Object.entries(DEATHS))
    it(`by ${how}: the event alone is given up, every neighbor is stored, and a redrive brings it back`, async () => {
      const deployed = await openPath(services, { deployed: deployedWith(death) });
      const bodies = Array.from({ length: SIZE }, (_, number) => JSON.stringify({ id: `e${number}`, number }));
      await deployed.ingest.publish({ keys: bodies.map((_, number) => `k${number}`), bodies });

      await deployed.run();
      const stored = (await deployed.stored()).map(({ id }) => id);
      const letters = (await deployed.letters()).map(({ body, code }) => `${code} ${Buffer.from(body).toString()}`);
      const { lost } = deployed.host.stats;
      const fixed = await deployed.redeploy(deployedWith("none"));
      const redriven = await redrive(deployed);
      await fixed.drained();

      expect(stored.sort()).toEqual(
        bodies
          .map((_, n) => `e${n}`)
          .filter((id) => id !== `e${CULPRIT}`)
          .sort(),
      );
      expect(letters).toEqual([`internal ${bodies[CULPRIT]}`]);
      expect(lost).toBe(0);
      expect(redriven).toMatchObject({ redriven: 1, notFound: 0 });
      expect(await deployed.stored()).toHaveLength(SIZE);
      expect(await deployed.letters()).toEqual([]);
      await deployed.close();
    });
});

function deployedWith(DEATH: string) {
  return {
    directory: bundle,
    // No pause between attempts, and long enough to start on a busy machine.
    environment: { DEATH, SLUICE_MIN_BACKOFF_SECONDS: "1", SLUICE_MAX_BACKOFF_SECONDS: "1" },
    timeoutMs: 3_000,
    memoryMb: 400,
  };
}

/** The command, as an operator calls it, on what the stack would put out. */
async function redrive({ urls }: AzurePath): Promise<unknown> {
  const outputs = path.join(directory, "outputs.json");
  writeFileSync(
    outputs,
    JSON.stringify({
      ...{ cloud: "azure", region: "westeurope", pipeline: "deadly", ingest: urls.hub, store: urls.container },
      ...{ deadLetters: urls.deadLetters, archive: urls.archive, actions: "", inference: "in-process" },
      ...{ function: "f", dashboard: "" },
    }),
  );
  const args = ["dead-letters", "redrive", "--all", "--json", "--stack", "azure", "--outputs", outputs];
  return sluiceJson(args, { cwd: directory, env: services.environment });
}
