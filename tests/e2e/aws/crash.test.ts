/** @jest-environment ./tests/support/native-environment.cjs */
import path from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { type Lambda, openLambda } from "../../../emulators/aws/lambda";
import { bundleFunction } from "../../../functions/aws/bundle";
import { type AwsPath, openPath } from "../../support/aws/path";
import { openAwsServices } from "../../support/aws/services";
import { scratch } from "../../support/cli";
import { idsOf } from "../../support/cloud-path";
import { BODIES, DEADLY_BODY, DEADLY_PIPELINE, DEATHS, NEIGHBORS, publishDeadly, redrive } from "../../support/crash";
import { duringTests } from "../../support/during-tests";
import { HERE } from "../../support/placed";

const services = duringTests(openAwsServices);
const directory = scratch();

jest.setTimeout(90_000);

describe("a function that dies at one event", () => {
  for (const [death, how] of Object.entries(DEATHS))
    it(`by ${how}: the event alone is given up, every neighbor is stored, and a redrive brings it back`, async () => {
      const running: { lambda?: Lambda } = {};
      const deployed = await openPath(services(), {
        invoke: (event) => running.lambda!.invoke(event),
        settings: { parallelizationFactor: 1, maximumRetryAttempts: 0 },
      });
      running.lambda = await deploy(deployed, death);
      await publishDeadly(deployed);

      await deployed.run();
      const stored = await idsOf(deployed);
      const letters = (await deployed.letters()).map(({ body }) => Buffer.from(body).toString());
      await running.lambda.close();
      running.lambda = await deploy(deployed, "none");
      const redriven = await redrive({
        outputs: { cloud: "aws", region: "us-east-1", ...outputsOf(deployed) },
        directory,
        environment: services().environment,
      });
      await deployed.run();

      expect(stored).toEqual(NEIGHBORS);
      expect(letters).toEqual([DEADLY_BODY]);
      expect(redriven).toMatchObject({ redriven: 1, notFound: 0 });
      expect(await deployed.stored()).toHaveLength(BODIES.length);
      expect(await deployed.letters()).toEqual([]);
      await running.lambda.close();
      await deployed.close();
    });
});

async function deploy({ names }: AwsPath, DEATH: string): Promise<Lambda> {
  const bundle = await bundleFunction({
    ...{ pipelineFile: DEADLY_PIPELINE, inference: "in-process", outDir: path.join(directory, "build") },
    ...HERE,
  });
  return openLambda({
    directory: bundle.directory,
    environment: { ...services().environment, SLUICE_TABLE: names.table, SLUICE_BUCKET: names.bucket, DEATH },
    // Long enough to start on a busy machine, short enough to wait for.
    timeoutMs: 3_000,
    memoryMb: 400,
    concurrency: 1,
  });
}

function outputsOf({ names: { stream, table, bucket } }: AwsPath) {
  return { ingest: stream, store: table, deadLetters: bucket, archive: bucket };
}
