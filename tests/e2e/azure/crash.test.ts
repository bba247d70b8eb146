/** @jest-environment ./tests/support/native-environment.cjs */
import path from "node:path";
import { beforeAll, describe, expect, it, jest } from "@jest/globals";
import { bundleFunction } from "../../../functions/azure/bundle";
import { type AzurePath, openPath } from "../../support/azure/path";
import { openAzureServices } from "../../support/azure/services";
import { scratch } from "../../support/cli";
import { idsOf } from "../../support/cloud-path";
import { BODIES, DEADLY_BODY, DEADLY_PIPELINE, DEATHS, NEIGHBORS, publishDeadly, redrive } from "../../support/crash";
import { duringTests } from "../../support/during-tests";
import { HERE } from "../../support/placed";

const services = duringTests(openAzureServices);
const directory = scratch();
let bundle: string;

jest.setTimeout(120_000);

beforeAll(async () => {
  const placed = await bundleFunction({
    ...{ pipelineFile: DEADLY_PIPELINE, inference: "in-process", outDir: path.join(directory, "build") },
    ...HERE,
  });
  bundle = placed.directory;
});

describe("a function that dies at one event", () => {
  for (const [death, how] of Object.entries(DEATHS))
    it(`by ${how}: the event alone is given up, every neighbor is stored, and a redrive brings it back`, async () => {
      const deployed = await openPath(services(), { deployed: deployedWith(death) });
      await publishDeadly(deployed);

      await deployed.run();
      const stored = await idsOf(deployed);
      const letters = (await deployed.letters()).map(({ body, code }) => `${code} ${Buffer.from(body).toString()}`);
      const { lost } = deployed.host.stats;
      const fixed = await deployed.redeploy(deployedWith("none"));
      const redriven = await redrive({
        outputs: { cloud: "azure", region: "westeurope", ...outputsOf(deployed) },
        directory,
        environment: services().environment,
      });
      await fixed.drained();

      expect(stored).toEqual(NEIGHBORS);
      expect(letters).toEqual([`internal ${DEADLY_BODY}`]);
      expect(lost).toBe(0);
      expect(redriven).toMatchObject({ redriven: 1, notFound: 0 });
      expect(await deployed.stored()).toHaveLength(BODIES.length);
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

function outputsOf({ urls: { hub, container, deadLetters, archive } }: AzurePath) {
  return { ingest: hub, store: container, deadLetters, archive };
}
