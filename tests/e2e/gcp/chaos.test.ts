import { afterAll, describe, expect, it, jest } from "@jest/globals";
import { seededRandom } from "sluice";
import { type SeededFault, seededFaults } from "../../../emulators/gcp/faults";
import type { Rule } from "../../../emulators/http-faults";
import { fastClock } from "../../support/fast-clock";
import { type GcpPath, openPath } from "../../support/gcp/path";
import { type GcpServices, openGcpServices } from "../../support/gcp/services";
import { scoreOf } from "../../support/memory/infer";
import { event, json } from "../../support/records";

/** Each is a run of its own; `SLUICE_CHAOS_SEEDS` asks for more or fewer. */
const SEEDS = Number(process.env["SLUICE_CHAOS_SEEDS"] ?? 40);
/** Runs at a time, each on services of its own. */
const LANES = 4;
const EVENTS = 60;
const KEYS = 5;
const SPEED = 20;

/** Per request to Firestore and to Pub/Sub's REST API. */
const RATES: Partial<Record<SeededFault, number>> = {
  throttled: 0.05,
  unavailable: 0.04,
  internal: 0.03,
  deadline: 0.02,
  expired: 0.01,
  aborted: 0.02,
  reset: 0.02,
  lose: 0.04,
  partial: 0.1,
};

/** Per push: the instance dies before it does anything, or with its answer. */
const KILLED_BEFORE = 0.05;
const KILLED_AFTER = 0.08;
/** A publisher that does not know whether its request arrived sends it again. */
const SENT_TWICE = 0.2;

/** Enough for an action. */
const AMOUNT = 23;
const SCORE = Math.fround(scoreOf([AMOUNT, 1, AMOUNT]));

const lanes: GcpServices[] = [];

jest.setTimeout(300_000);

afterAll(async () => {
  await Promise.all(lanes.map((services) => services.close()));
});

describe("throttles, outages, lost answers, partial failures, kills and repeats, by seed", () => {
  it(`${SEEDS} runs: nothing is lost, and nothing has two effects`, async () => {
    let next = 1;
    const failed: unknown[] = [];

    await Promise.all(
      Array.from({ length: Math.min(LANES, SEEDS) }, async () => {
        const services = await openGcpServices();
        lanes.push(services);
        for (let seed = next++; seed <= SEEDS; seed = next++) {
          const result = await chaos(services, seed);
          if (JSON.stringify(result) !== JSON.stringify(expected(seed))) failed.push({ seed, ...result });
        }
      }),
    );

    expect(failed.slice(0, 2)).toEqual([]);
  });
});

async function chaos(services: GcpServices, seed: number) {
  const random = seededRandom(seed);
  const path = await openPath(services, { clock: fastClock(SPEED), random, maxEvents: 7 });
  const { rule } = seededFaults({ random, rates: RATES, delayMs: 20 });
  for (const service of ["firestore", "pubsub"] as const) services.faults[service].set(rule);
  path.faults.set(killing(random));
  try {
    await publishAll(path, seed, random);
    await path.drained();
  } finally {
    for (const service of ["firestore", "pubsub"] as const) services.faults[service].set(undefined);
    path.faults.set(undefined);
  }
  const found = await effectsOf(path);
  await path.close();
  return found;
}

function killing(random: () => number): Rule {
  return () => {
    const roll = random();
    if (roll < KILLED_BEFORE) return { kind: "reset" };
    return roll < KILLED_BEFORE + KILLED_AFTER ? { kind: "lose" } : undefined;
  };
}

/** A poisoned event now and then; every other one calls for an action. */
function bodiesOf(seed: number): { key: string; body: string; number: number }[] {
  const random = seededRandom(seed * 7919);
  return Array.from({ length: EVENTS }, (_, number) => {
    const key = `k${number % KEYS}`;
    const healthy = json(event(number, { key, amount: AMOUNT }));
    return { key, number, body: random() < 0.05 ? `poison ${number}` : healthy };
  });
}

async function publishAll({ ingest }: GcpPath, seed: number, random: () => number): Promise<void> {
  const events = bodiesOf(seed);
  for (let from = 0; from < events.length; from += 20) {
    const some = events.slice(from, from + 20);
    const batch = { keys: some.map(({ key }) => key), bodies: some.map(({ body }) => body) };
    for (let times = random() < SENT_TWICE ? 2 : 1; times > 0; times--) {
      const { failures } = await ingest.publish(batch);
      if (failures[0]) throw failures[0].error;
    }
  }
}

async function effectsOf(path: GcpPath) {
  const [stored, letters] = [await path.stored(), await path.letters()];
  return {
    stored: stored.map(({ id, prediction }) => `${id} ${prediction["score"]} ${prediction["amount"]}`).sort(),
    // A letter belongs to a message: an event that was published twice has two.
    letters: [...new Set(letters.map(({ body }) => Buffer.from(body).toString()))].sort(),
    // At least once, and a receiver knows a repeat by its id.
    actions: [...new Set(path.actions().map(({ id, eventId }) => `${id} ${eventId}`))].sort(),
  };
}

function expected(seed: number): Awaited<ReturnType<typeof chaos>> {
  const bodies = bodiesOf(seed);
  const healthy = bodies.filter(({ body }) => !body.startsWith("poison"));
  return {
    stored: healthy.map(({ number }) => `e${number} ${SCORE} ${AMOUNT}`).sort(),
    letters: bodies
      .map(({ body }) => body)
      .filter((body) => body.startsWith("poison"))
      .sort(),
    actions: healthy.map(({ number }) => `e${number}:alert e${number}`).sort(),
  };
}
