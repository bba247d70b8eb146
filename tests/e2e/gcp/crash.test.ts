import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type CloudRunEmulator, type CloudRunOptions, openCloudRun } from "../../../emulators/gcp/cloud-run";
import { bundleFunction, SERVER } from "../../../functions/gcp/bundle";
import { CONCURRENCY, PUSH } from "../../../functions/gcp/push";
import { CULPRIT } from "../../fixtures/pipelines/deadly";
import { scratch, sluiceJson } from "../../support/cli";
import { type GcpServices, openGcpServices } from "../../support/gcp/services";
import { type Names, namesFor, type Pushed, subscribe } from "./pushed";

const PIPELINE = path.resolve(__dirname, "../../fixtures/pipelines/deadly.ts");
const MESSAGES = 5;
/** Events of each. */
const SIZE = 8;
const DEADLY = Math.floor(CULPRIT / SIZE);

/** Each way in which an instance can end without an answer. */
const DEATHS = { exit: "process.exit", memory: "too much memory" };

const directory = scratch();
let services: GcpServices;

jest.setTimeout(90_000);

beforeAll(async () => {
  services = await openGcpServices();
});

afterAll(async () => {
  await services.close();
});

describe("an instance that dies at one event", () => {
  for (const [death, how] of Object.entries(DEATHS))
    it(`by ${how}: its message is given up after its attempts, the others are stored, and a redrive brings it back`, async () => {
      // A message at a time, so that none dies with another.
      const { names, deadly, pushed } = await open(death, 5, { concurrency: 1, maxInstances: 2 });

      const { state, stored, letters } = await processed(pushed);
      await deadly.close();
      const fixed = await deploy(names, "none", { port: deadly.port });
      const redriven = await redrive(names);
      await pushed.drained();

      expect(state).toMatchObject({ delivered: 5 + MESSAGES - 1, acked: MESSAGES - 1, deadLettered: 1 });
      expect(stored).toEqual(idsWithout(DEADLY));
      expect(letters).toEqual(bodiesOf(DEADLY).sort());
      expect(redriven).toMatchObject({ redriven: SIZE, notFound: 0 });
      expect(await pushed.stored()).toHaveLength(MESSAGES * SIZE);
      expect(await pushed.letters()).toEqual([]);
      await fixed.close();
      await pushed.close();
    });

  it("with as many messages in it and as many attempts as the stack has: those that died with it are stored in the end", async () => {
    const { deadly, pushed } = await open("exit", PUSH.maxDeliveryAttempts, { concurrency: CONCURRENCY });

    const { state, stored, letters } = await processed(pushed);

    expect(deadly.stats.crashes).toBeGreaterThan(PUSH.maxDeliveryAttempts);
    expect(state).toMatchObject({ acked: MESSAGES - 1, deadLettered: 1 });
    expect(stored).toEqual(idsWithout(DEADLY));
    expect(letters).toEqual(bodiesOf(DEADLY).sort());
    await deadly.close();
    await pushed.close();
  });
});

async function open(death: string, maxDeliveryAttempts: number, options: Partial<CloudRunOptions>) {
  const names = namesFor(randomUUID());
  const deadly = await deploy(names, death, options);
  const pushed = subscribe(services, names, deadly.endpoint, {
    subscription: {
      retryPolicy: { minimumBackoff: "0.05s", maximumBackoff: "0.2s" },
      deadLetterPolicy: { deadLetterTopic: names.dead, maxDeliveryAttempts },
    },
  });
  return { names, deadly, pushed };
}

async function deploy(
  { collection, dead }: Names,
  DEATH: string,
  options: Partial<CloudRunOptions>,
): Promise<CloudRunEmulator> {
  const bundle = await bundleFunction({
    ...{ pipelineFile: PIPELINE, inference: "in-process", outDir: path.join(directory, "build") },
    ...{ platform: process.platform as "linux", arch: process.arch as "x64" },
  });
  return openCloudRun({
    ...{ directory: bundle.directory, command: [SERVER], memoryMb: 400 },
    environment: { ...services.environment, SLUICE_COLLECTION: collection, SLUICE_DEAD_TOPIC: dead, DEATH },
    ...options,
  });
}

async function processed(pushed: Omit<Pushed, "answers">) {
  for (let message = 0; message < MESSAGES; message++) await pushed.publish(bodiesOf(message));
  await pushed.drained();
  return {
    state: pushed.state(),
    stored: (await pushed.stored()).map(({ id }) => id).sort(),
    letters: (await pushed.letters()).map(({ body }) => Buffer.from(body).toString()).sort(),
  };
}

/** The command, as an operator calls it, on what the stack would put out. */
async function redrive({ topic, collection, hold }: Names): Promise<unknown> {
  const outputs = path.join(directory, "outputs.json");
  writeFileSync(
    outputs,
    JSON.stringify({
      ...{ cloud: "gcp", region: "us-central1", pipeline: "deadly", ingest: topic, store: collection },
      ...{ deadLetters: hold, archive: "archive", actions: "", inference: "in-process" },
      ...{ function: "f", dashboard: "" },
    }),
  );
  const args = ["dead-letters", "redrive", "--all", "--json", "--stack", "gcp", "--outputs", outputs];
  return sluiceJson(args, { cwd: directory, env: services.environment });
}

function numbersOf(message: number): number[] {
  return Array.from({ length: SIZE }, (_, i) => message * SIZE + i);
}

function bodiesOf(message: number): string[] {
  return numbersOf(message).map((number) => JSON.stringify({ id: `e${number}`, number }));
}

/** Of all events but those of one message. */
function idsWithout(message: number): string[] {
  const others = Array.from({ length: MESSAGES }, (_, one) => one).filter((one) => one !== message);
  return others
    .flatMap(numbersOf)
    .map((number) => `e${number}`)
    .sort();
}
