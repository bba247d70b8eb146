import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type Random, seededRandom } from "sluice";
import { openLocal } from "../../adapters/local";
import { scoreOf } from "../support/memory";
import { start } from "../support/processes";
import { all, event, json, testPipeline } from "../support/records";

const SEED = Number(process.env["CRASH_SEED"] ?? Date.now() % 1_000_000);
const KILLS = 50;
const EVENTS_PER_ROUND = 300;
const EVERYTHING = { limit: 1_000_000 };

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

process.stderr.write(`CRASH_SEED=${SEED} kills at the same moments again\n`);

describe("killed at random moments", () => {
  it(`${KILLS} killed workers later every event is stored or dead-lettered, and none twice`, async () => {
    const random = seededRandom(SEED);
    const directory = emptyDirectory();
    const database = openLocal({ directory, pipeline: testPipeline });
    let published = 0;
    let killed = 0;

    for (let round = 0; killed < KILLS; round++) {
      for (const last = published + EVENTS_PER_ROUND; published < last; published += 10)
        await database.ingest.publish(batchFrom(published));
      // Every fourth round two workers share the partitions, so that one takes over from the other.
      const workers = Array.from({ length: round % 4 === 3 ? 2 : 1 }, () => start("work", directory, 10));
      await Promise.all(workers.map((worker) => killSometime(worker, random)));
      const ends = await Promise.all(workers.map(({ ended }) => ended));
      killed += ends.filter(({ signal }) => signal === "SIGKILL").length;
      expect(ends.map(({ errors }) => errors).join("")).toBe("");
    }
    const { code, errors } = await start("work", directory, 500).ended;

    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    const rows = await all(database.store.query(EVERYTHING));
    const letters = await all(database.deadLetters.list(EVERYTHING));
    const actions = await all(database.actions.list(EVERYTHING));
    const sound = Array.from({ length: published }, (_, number) => number).filter((number) => number % 50 !== 7);
    const alerts = rows.filter(({ prediction }) => (prediction["score"] as number) >= 0.9);
    expect(rows.map(({ id }) => id).sort()).toEqual(sound.map((number) => `e${number}`).sort());
    expect(rows.filter(({ prediction }) => prediction["score"] !== expectedScore(prediction["amount"]))).toEqual([]);
    expect(letters.map(({ body }) => Buffer.from(body).toString()).sort()).toEqual(
      Array.from({ length: published / 50 }, (_, i) => `{"broken":${50 * i + 7}`).sort(),
    );
    expect(actions.map(({ eventId }) => eventId).sort()).toEqual(alerts.map(({ id }) => id).sort());
    expect(database.consumer().lag()).toEqual({ messages: 0, events: 0 });
    await database.close();
  }, 120_000);

  it("a producer that is killed 15 times and always starts from its first event has each event in the log once", async () => {
    const random = seededRandom(SEED + 1);
    const directory = emptyDirectory();
    const count = 4_000;

    for (let killed = 0; killed < 15; killed++) await killSometime(start("produce", directory, count), random);
    const { code, errors } = await start("produce", directory, count).ended;

    const database = openLocal({ directory, pipeline: testPipeline });
    await start("work", directory, 500).ended;
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(database.stats()).toMatchObject({ events: count });
    expect(await all(database.store.query(EVERYTHING))).toHaveLength(count);
    await database.close();
  }, 120_000);

  it("a worker that is told to end finishes its batch, gives its partitions back and exits with 0", async () => {
    const directory = emptyDirectory();
    const database = openLocal({ directory, pipeline: testPipeline });
    for (let first = 0; first < 5_000; first += 10) await database.ingest.publish(batchFrom(first));
    const worker = start("work", directory, 10);

    await worker.working;
    await worker.kill("SIGTERM", 5);
    const first = await worker.ended;
    const second = await start("work", directory, 500).ended;

    const [done, rest] = [first, second].map(({ lines }) => JSON.parse(lines.at(-1)!));
    expect(first).toMatchObject({ code: 0, errors: "" });
    expect(done.received).toBeLessThan(5_000);
    expect(done.received + rest.received).toBe(5_000);
    expect(rest.duplicates).toBe(0);
    await database.close();
  }, 120_000);
});

/** One call: ten events, one in fifty of which is broken. */
function batchFrom(first: number) {
  const numbers = Array.from({ length: 10 }, (_, i) => first + i);
  const body = (number: number) => (number % 50 === 7 ? `{"broken":${number}` : json(event(number)));
  return { keys: numbers.map((number) => `k${number % 3}`), bodies: numbers.map(body) };
}

function expectedScore(amount: unknown): number {
  return Math.fround(scoreOf(Float32Array.of(Number(amount), 1, Number(amount))));
}

/** Mostly while it works, sometimes while it starts. */
async function killSometime(process: ReturnType<typeof start>, random: Random): Promise<void> {
  if (random() < 0.8) await process.working;
  await process.kill("SIGKILL", random() * 40);
}

function emptyDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-crash-"));
  directories.push(directory);
  return directory;
}
