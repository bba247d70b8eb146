import { randomUUID } from "node:crypto";
import path from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { type CloudRunEmulator, type CloudRunOptions, openCloudRun } from "../../../emulators/gcp/cloud-run";
import { bundleFunction, SERVER } from "../../../functions/gcp/bundle";
import { CONCURRENCY, PUSH } from "../../../functions/gcp/push";
import { CULPRIT } from "../../fixtures/pipelines/deadly";
import { scratch } from "../../support/cli";
import { DEADLY_PIPELINE, redrive } from "../../support/crash";
import { duringTests } from "../../support/during-tests";
import { openGcpServices } from "../../support/gcp/services";
import { HERE } from "../../support/placed";
import { type Names, namesFor, type Pushed, subscribe } from "./pushed";

const MESSAGES = 5;
/** Events of each. */
const SIZE = 8;
const DEADLY = Math.floor(CULPRIT / SIZE);

/** Each way in which an instance can end without an answer. */
const DEATHS = { exit: "process.exit", memory: "too much memory" };

const directory = scratch();
const services = duringTests(openGcpServices);

jest.setTimeout(90_000);

describe("an instance that dies at one event", () => {
  for (const [death, how] of Object.entries(DEATHS))
    it(`by ${how}: its message is given up after its attempts, the others are stored, and a redrive brings it back`, async () => {
      // A message at a time, so that none dies with another.
      const { names, deadly, pushed } = await open(death, 5, { concurrency: 1, maxInstances: 2 });

      const { state, stored, letters } = await processed(pushed);
      await deadly.close();
      const fixed = await deploy(names, "none", { port: deadly.port });
      const redriven = await redrive({
        outputs: { cloud: "gcp", region: "us-central1", ...outputsOf(names) },
        directory,
        environment: services().environment,
      });
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
  const pushed = subscribe(services(), names, deadly.endpoint, {
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
    ...{ pipelineFile: DEADLY_PIPELINE, inference: "in-process", outDir: path.join(directory, "build") },
    ...HERE,
  });
  return openCloudRun({
    ...{ directory: bundle.directory, command: [SERVER], memoryMb: 400 },
    environment: { ...services().environment, SLUICE_COLLECTION: collection, SLUICE_DEAD_TOPIC: dead, DEATH },
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

function outputsOf({ topic, collection, hold }: Names) {
  return { ingest: topic, store: collection, deadLetters: hold, archive: "archive" };
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
