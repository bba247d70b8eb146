/** @jest-environment ./tests/support/native-environment.cjs */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type Lambda, openLambda } from "../../../emulators/aws/lambda";
import { bundleFunction } from "../../../functions/aws/bundle";
import { CULPRIT } from "../../fixtures/pipelines/deadly";
import { type AwsPath, openPath } from "../../support/aws/path";
import { type AwsServices, openAwsServices } from "../../support/aws/services";
import { sluiceJson } from "../../support/cli";

const SIZE = 8;
const PIPELINE = path.resolve(__dirname, "../../fixtures/pipelines/deadly.ts");

/** Each way in which a function can end without an answer. */
const DEATHS = {
  exit: "process.exit",
  loop: "an endless loop, until the timeout",
  memory: "too much memory",
};

let services: AwsServices;
let directory: string;

jest.setTimeout(90_000);

beforeAll(async () => {
  services = await openAwsServices();
  directory = mkdtempSync(path.join(os.tmpdir(), "sluice-crash-"));
});

afterAll(async () => {
  await services.close();
  rmSync(directory, { recursive: true });
});

describe("a function that dies at one event", () => {
  for (const [death, how] of Object.entries(DEATHS))
    it(`by ${how}: the event alone is given up, every neighbor is stored, and a redrive brings it back`, async () => {
      const running: { lambda?: Lambda } = {};
      const deployed = await openPath(services, {
        invoke: (event) => running.lambda!.invoke(event),
        settings: { parallelizationFactor: 1, maximumRetryAttempts: 0 },
      });
      running.lambda = await deploy(deployed, death);
      const bodies = Array.from({ length: SIZE }, (_, number) => JSON.stringify({ id: `e${number}`, number }));
      await deployed.ingest.publish({ keys: bodies.map((_, number) => `k${number}`), bodies });

      await deployed.run();
      const stored = (await deployed.stored()).map(({ id }) => id);
      const letters = (await deployed.letters()).map(({ body }) => Buffer.from(body).toString());
      await running.lambda.close();
      running.lambda = await deploy(deployed, "none");
      const redriven = await redrive(deployed);
      await deployed.run();

      expect(stored.sort()).toEqual(
        bodies
          .map((_, n) => `e${n}`)
          .filter((id) => id !== `e${CULPRIT}`)
          .sort(),
      );
      expect(letters).toEqual([bodies[CULPRIT]]);
      expect(redriven).toMatchObject({ redriven: 1, notFound: 0 });
      expect(await deployed.stored()).toHaveLength(SIZE);
      expect(await deployed.letters()).toEqual([]);
      await running.lambda.close();
      await deployed.close();
    });
});

async function deploy({ names }: AwsPath, DEATH: string): Promise<Lambda> {
  const bundle = await bundleFunction({
    pipelineFile: PIPELINE,
    inference: "in-process",
    outDir: path.join(directory, "build"),
    platform: process.platform as "linux",
    arch: process.arch as "x64",
  });
  return openLambda({
    directory: bundle.directory,
    environment: { ...services.environment, SLUICE_TABLE: names.table, SLUICE_BUCKET: names.bucket, DEATH },
    // Long enough to start on a busy machine, short enough to wait for.
    timeoutMs: 3_000,
    memoryMb: 400,
    concurrency: 1,
  });
}

/** The command, as an operator calls it, on what the stack would put out. */
async function redrive({ names }: AwsPath): Promise<unknown> {
  const outputs = path.join(directory, "outputs.json");
  writeFileSync(
    outputs,
    JSON.stringify({
      ...{ cloud: "aws", region: "us-east-1", pipeline: "deadly", ingest: names.stream, store: names.table },
      ...{ deadLetters: names.bucket, archive: names.bucket, actions: "", inference: "in-process" },
      ...{ function: "f", dashboard: "" },
    }),
  );
  const args = ["dead-letters", "redrive", "--all", "--json", "--stack", "aws", "--outputs", outputs];
  return sluiceJson(args, { cwd: directory, env: services.environment });
}
