import { afterAll, describe, expect, it, jest } from "@jest/globals";
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from "aws-lambda";
import { seededRandom } from "sluice";
import { type SeededFault, seededFaults } from "../../../emulators/aws/faults";
import { FunctionError } from "../../../emulators/aws/lambda";
import { type AwsPath, openPath } from "../../support/aws/path";
import { type AwsServices, openAwsServices, type ServiceName } from "../../support/aws/services";
import { fastClock } from "../../support/fast-clock";
import { scoreOf } from "../../support/memory/infer";
import { event, json } from "../../support/records";

/** Each is a run of its own; `SLUICE_CHAOS_SEEDS` asks for more or fewer. */
const SEEDS = Number(process.env["SLUICE_CHAOS_SEEDS"] ?? 40);
/** Runs at a time, each on services of its own. */
const LANES = 4;
const EVENTS = 60;
const KEYS = 5;
const SPEED = 20;

/** Per request. */
const RATES: Partial<Record<SeededFault, number>> = {
  throttled: 0.05,
  unavailable: 0.04,
  internal: 0.03,
  expired: 0.01,
  dependency: 0.02,
  reset: 0.02,
  lose: 0.04,
  partial: 0.1,
};

/** Per invocation: the process dies before or after its effects, or the same batch is handed over twice. */
const KILLED_BEFORE = 0.05;
const KILLED_AFTER = 0.05;
const TWICE = 0.05;

/** Enough for an action. */
const AMOUNT = 23;
const SCORE = Math.fround(scoreOf([AMOUNT, 1, AMOUNT]));

const lanes: AwsServices[] = [];

jest.setTimeout(300_000);

afterAll(async () => {
  await Promise.all(lanes.map((services) => services.close()));
});

describe("throttles, outages, lost answers, partial failures, kills and repeats, by seed", () => {
  it(`${SEEDS} runs: nothing is lost, nothing has two effects, each key keeps its order`, async () => {
    let next = 1;
    const failed: unknown[] = [];

    await Promise.all(
      Array.from({ length: Math.min(LANES, SEEDS) }, async () => {
        const services = await openAwsServices();
        lanes.push(services);
        for (let seed = next++; seed <= SEEDS; seed = next++) {
          const result = await chaos(services, seed);
          if (JSON.stringify(result) !== JSON.stringify(expected(seed)))
            failed.push({ seed, ...differences(result, expected(seed)) });
        }
      }),
    );

    expect(failed.slice(0, 2)).toEqual([]);
  });
});

async function chaos(services: AwsServices, seed: number) {
  const random = seededRandom(seed);
  const names = Object.keys(services.faults) as ServiceName[];
  const faults = names.map((name) => {
    const seededFor = seededFaults({ random, rates: RATES, delayMs: 20 });
    return { name, ...seededFor };
  });
  const acknowledged: string[] = [];
  const path = await openPath(services, {
    shards: 2,
    clock: fastClock(SPEED),
    random,
    settings: { maximumRetryAttempts: -1, batchSize: 20 },
    around: async (batch, run) => {
      const roll = random();
      if (roll < KILLED_BEFORE)
        throw new FunctionError("Runtime.ExitError", "The process died before it did anything.");
      if (roll < KILLED_BEFORE + TWICE) await run();
      const answer = await run();
      if (roll > 1 - KILLED_AFTER) throw new FunctionError("Runtime.ExitError", "The process died with its answer.");
      acknowledged.push(...acknowledgedOf(batch, answer));
      return answer;
    },
  });
  for (const { name, rule } of faults) services.faults[name].set(rule);
  try {
    await publishAll(path, seed);
    await path.run();
  } finally {
    for (const { name } of faults) services.faults[name].set(undefined);
  }
  const found = { ...(await effectsOf(path)), order: orderOf(acknowledged) };
  await path.close();
  return found;
}

/** A poisoned event now and then; every other one calls for an action. */
function bodiesOf(seed: number): { key: string; body: string }[] {
  const random = seededRandom(seed * 7919);
  return Array.from({ length: EVENTS }, (_, number) => {
    const key = `k${number % KEYS}`;
    const healthy = json(event(number, { key, amount: AMOUNT }));
    return { key, body: random() < 0.05 ? `poison ${number}` : healthy };
  });
}

/** As a producer does it: what was not accepted is sent again, in order, until it is. */
async function publishAll({ ingest }: AwsPath, seed: number): Promise<void> {
  for (let waiting = bodiesOf(seed); waiting.length > 0; ) {
    const { failures } = await ingest.publish({
      keys: waiting.map(({ key }) => key),
      bodies: waiting.map(({ body }) => body),
    });
    for (const { error } of failures) if (!error.retryable) throw error;
    const failed = new Set(failures.map(({ index }) => index));
    waiting = waiting.filter((_, index) => failed.has(index));
  }
}

async function effectsOf(path: AwsPath) {
  const [stored, letters] = [await path.stored(), await path.letters()];
  return {
    stored: stored.map(({ id, prediction }) => `${id} ${prediction["score"]} ${prediction["amount"]}`).sort(),
    // A letter belongs to a position in the stream: a record whose acceptance was not known is there twice.
    letters: [...new Set(letters.map(({ body }) => Buffer.from(body).toString()))].sort(),
    // At least once, and a receiver knows a repeat by its id; the bus itself keeps no order.
    actions: [...new Set(path.actions().map(({ id, eventId }) => `${id} ${eventId}`))].sort(),
  };
}

function expected(seed: number): Awaited<ReturnType<typeof chaos>> {
  const bodies = bodiesOf(seed).map(({ key, body }, number) => ({ key, body, number }));
  const healthy = bodies.filter(({ body }) => !body.startsWith("poison"));
  return {
    stored: healthy.map(({ number }) => `e${number} ${SCORE} ${AMOUNT}`).sort(),
    letters: bodies
      .map(({ body }) => body)
      .filter((body) => body.startsWith("poison"))
      .sort(),
    actions: healthy.map(({ number }) => `e${number}:alert e${number}`).sort(),
    order: orderOf(bodies.map(({ body }) => body)),
  };
}

/** The events that an answer acknowledges: those before the one that it hands back. */
function acknowledgedOf({ Records }: KinesisStreamEvent, { batchItemFailures }: KinesisStreamBatchResponse): string[] {
  const failed = batchItemFailures[0]?.itemIdentifier;
  const end = Records.findIndex(({ kinesis }) => kinesis.sequenceNumber === failed);
  const done = end === -1 ? Records : Records.slice(0, end);
  return done.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());
}

/** The events of each key in the order in which they first came. */
function orderOf(bodies: readonly string[]): string[] {
  const numbers = [...new Set(bodies)].map((body) => Number(/poison (\d+)|"e(\d+)"/.exec(body)?.slice(1).join("")));
  return Array.from({ length: KEYS }, (_, key) => `k${key} ${numbers.filter((number) => number % KEYS === key)}`);
}

/** What is there and should not be (+), and the reverse (-). */
function differences<Found extends Record<string, string[]>>(found: Found, wanted: Found): Record<string, string[]> {
  const entries = Object.keys(wanted).map((name) => {
    const [a, b] = [found[name]!, wanted[name]!];
    const surplus = a.filter((item) => !b.includes(item)).map((item) => `+ ${item}`);
    return [name, [...surplus, ...b.filter((item) => !a.includes(item)).map((item) => `- ${item}`)]];
  });
  return Object.fromEntries(entries);
}
