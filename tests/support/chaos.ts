import { afterAll, describe, expect, it, jest } from "@jest/globals";
import { seededRandom } from "sluice";
import type { CloudPath } from "./cloud-path";
import { scoreOf } from "./memory/infer";
import { event, json } from "./records";

/** What a run leaves behind, each list sorted. */
export interface Effects {
  stored: string[];
  letters: string[];
  actions: string[];
  /** The events of each key as they were acknowledged, where the platform keeps their order. */
  order: string[];
}

export interface ChaosOptions<Services extends { close(): Promise<void> }> {
  /** What goes wrong, and what must hold nevertheless. */
  title: string;
  promise: string;
  /** Services of one lane: its runs come one after the other. */
  open(): Promise<Services>;
  run(services: Services, seed: number): Promise<Effects>;
  expected(seed: number): Effects;
  /** Runs at a time. Default 4. */
  lanes?: number;
}

/** Each is a run of its own; `SLUICE_CHAOS_SEEDS` asks for more or fewer. */
const SEEDS = Number(process.env["SLUICE_CHAOS_SEEDS"] ?? 20);
const EVENTS = 60;
const KEYS = 5;
const POISON = /poison (\d+)|"e(\d+)"/;

/** Enough for an action. */
const AMOUNT = 23;
const SCORE = Math.fround(scoreOf([AMOUNT, 1, AMOUNT]));

/** The test of all seeds. */
export function chaosTest<Services extends { close(): Promise<void> }>(options: ChaosOptions<Services>): void {
  const { title, promise, open, run, expected, lanes = 4 } = options;
  const opened: Services[] = [];

  jest.setTimeout(300_000);

  afterAll(async () => {
    await Promise.all(opened.map((services) => services.close()));
  });

  describe(title, () => {
    it(`${SEEDS} runs: ${promise}`, async () => {
      let next = 1;
      const failed: unknown[] = [];

      await Promise.all(
        Array.from({ length: Math.min(lanes, SEEDS) }, async () => {
          const services = await open();
          opened.push(services);
          for (let seed = next++; seed <= SEEDS; seed = next++) {
            const wrong = differences(await run(services, seed), expected(seed));
            if (wrong) failed.push({ seed, ...wrong });
          }
        }),
      );

      expect(failed.slice(0, 2)).toEqual([]);
    });
  });
}

export interface ChaosEvent {
  key: string;
  body: string;
  number: number;
}

/** A poisoned event now and then; every other one calls for an action. */
export function chaosEvents(seed: number): ChaosEvent[] {
  const random = seededRandom(seed * 7919);
  return Array.from({ length: EVENTS }, (_, number) => {
    const key = `k${number % KEYS}`;
    const healthy = json(event(number, { key, amount: AMOUNT }));
    return { key, number, body: random() < 0.05 ? `poison ${number}` : healthy };
  });
}

/** As a producer does it: what was not accepted is sent again, in order, until it is. */
export async function publishAll({ ingest }: Pick<CloudPath, "ingest">, seed: number): Promise<void> {
  for (let waiting = chaosEvents(seed); waiting.length > 0; ) {
    const { failures } = await ingest.publish({
      keys: waiting.map(({ key }) => key),
      bodies: waiting.map(({ body }) => body),
    });
    for (const { error } of failures) if (!error.retryable) throw error;
    const failed = new Set(failures.map(({ index }) => index));
    waiting = waiting.filter((_, index) => failed.has(index));
  }
}

export async function effectsOf(path: CloudPath): Promise<Omit<Effects, "order">> {
  const [stored, letters] = [await path.stored(), await path.letters()];
  return {
    stored: stored.map(({ id, prediction }) => `${id} ${prediction["score"]} ${prediction["amount"]}`).sort(),
    // A letter belongs to a position in the stream: an event that was published twice has two.
    letters: [...new Set(letters.map(({ body }) => Buffer.from(body).toString()))].sort(),
    // At least once, and a receiver knows a repeat by its id.
    actions: [...new Set(path.actions().map(({ id, eventId }) => `${id} ${eventId}`))].sort(),
  };
}

/** What a run without any fault would leave behind. */
export function effectsWithoutFaults(seed: number): Effects {
  const all = chaosEvents(seed);
  const [healthy, poison] = [false, true].map((bad) => all.filter(({ body }) => body.startsWith("poison") === bad));
  return {
    stored: healthy!.map(({ number }) => `e${number} ${SCORE} ${AMOUNT}`).sort(),
    letters: poison!.map(({ body }) => body).sort(),
    actions: healthy!.map(({ number }) => `e${number}:alert e${number}`).sort(),
    order: orderOf(all.map(({ body }) => body)),
  };
}

/** The events of each key in the order in which they first came. */
export function orderOf(bodies: readonly string[]): string[] {
  const numbers = [...new Set(bodies)].map((body) => Number(POISON.exec(body)?.slice(1).join("")));
  return Array.from({ length: KEYS }, (_, key) => `k${key} ${numbers.filter((number) => number % KEYS === key)}`);
}

/** What is there and should not be (+), and the reverse (-); undefined if all is as it should be. */
function differences(found: Effects, wanted: Effects): Record<string, string[]> | undefined {
  const lists = (Object.keys(wanted) as (keyof Effects)[]).map((name) => {
    const surplus = without(found[name], wanted[name]).map((item) => `+ ${item}`);
    return { name, list: [...surplus, ...without(wanted[name], found[name]).map((item) => `- ${item}`)] };
  });
  const wrong = lists.some(({ list }) => list.length > 0);
  return wrong ? Object.fromEntries(lists.map(({ name, list }) => [name, list])) : undefined;
}

/** What is in `all` more often than in `other`. */
function without(all: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return all.filter((item) => {
    const at = left.indexOf(item);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
}
