import { afterAll, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { type DeadLetter, isRetryable } from "sluice";
import { ambiguous, type Case, cases, expected, partial, transient } from "../support/cases";
import { scoreOf } from "../support/memory";
import { ALERT_FROM, json, type TestEvent } from "../support/records";
import { type Simulated, simulate } from "../support/simulation";

// A failure prints its seed and path, which fc.assert takes to show it again; finding the smallest case takes a while.
const RUNS = 250;
jest.setTimeout(60_000);

const started = performance.now();
let simulations = 0;

afterAll(() => {
  process.stderr.write(`${simulations} simulated runs in ${Math.round(performance.now() - started)} ms\n`);
});

describe("whatever fails, and however often a worker dies", () => {
  it("every accepted event ends as its row or as its letter, exactly as in an undisturbed run", () =>
    check(cases(partial, "lowest-failure", "per-message"), ({ state }, { plan }) => {
      const { rows, letters } = expected(plan);

      expect([...state.predictions.keys()].sort()).toEqual([...rows.keys()].sort());
      expect([...state.letters.values()].map(({ code }) => code).sort()).toEqual(letters);
      for (const [id, { prediction }] of state.predictions) expect(prediction).toEqual(predictionOf(rows.get(id)!));
    }));

  it("where the source gives up, what is left is dead-lettered: nothing is lost", () =>
    check(cases(partial, "always-advances"), ({ state }, { plan }) => {
      const { rows, letters } = expected(plan);
      const good = new Set([...rows.values()].map(json));
      const [sound, broken] = split([...state.letters.values()], ({ body }) => good.has(Buffer.from(body).toString()));

      expect(broken).toHaveLength(letters.length);
      expect(sound.filter(({ code }) => !isRetryable(code))).toEqual([]);
      expect(new Set([...state.predictions.keys(), ...sound.map(({ body }) => idIn(body))])).toEqual(
        new Set(rows.keys()),
      );
    }));

  it("nothing takes effect twice: one row per id, one letter per position, one action per row that calls for it", () =>
    check(cases(partial, "lowest-failure", "per-message"), ({ state }, { plan }) => {
      const { rows } = expected(plan);
      const positions = [...state.letters.values()].map(place);
      const alerts = [...rows.values()].filter((row) => scored(row) >= ALERT_FROM).map(({ id }) => `${id}:alert`);

      expect(new Set(positions).size).toBe(positions.length);
      expect([...state.actions.keys()].sort()).toEqual(alerts.sort());
    }));

  it("the events of a key take effect in the order they were published, on a source that keeps it", () =>
    check(cases(transient, "lowest-failure", "always-advances"), ({ state }, { plan }) => {
      const published = expected(plan).rows.keys().toArray();
      const effects = Map.groupBy(state.predictions.values(), ({ key }) => key);

      for (const rows of effects.values()) {
        const order = rows.map(({ id }) => published.indexOf(id));
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
    }));

  it("once the faults have ended, each message is delivered at most a few times more", () =>
    check(cases(ambiguous, "lowest-failure", "per-message", "always-advances"), ({ state, calmDeliveries }) => {
      const messages = state.partitions.reduce((sum, log) => sum + log.length, 0);

      expect(calmDeliveries).toBeLessThanOrEqual(messages + 10);
    }));

  it("an error that nobody can classify loses nothing: a row, or a letter that holds its event", () =>
    check(cases(ambiguous, "lowest-failure", "per-message", "always-advances"), ({ state }, { plan }) => {
      const letters = [...state.letters.values()].map(({ body }) => idIn(body));
      const found = new Set([...state.predictions.keys(), ...letters]);

      expect([...expected(plan).rows.keys()].filter((id) => !found.has(id))).toEqual([]);
    }));

  it("every outcome adds up: received = stored + duplicates + dead-lettered + retried", () =>
    check(cases(ambiguous, "lowest-failure", "per-message", "always-advances"), ({ outcomes }) => {
      for (const { received, stored, duplicates, deadLettered, retried, messages, firstRetry } of outcomes) {
        expect(stored + duplicates + deadLettered + retried).toBe(received);
        expect(firstRetry).toBe(messages.indexOf("retry"));
        expect(retried === 0).toBe(firstRetry === -1);
      }
    }));

  it("the same seed goes the same way, step by step", () =>
    check(cases(ambiguous, "lowest-failure", "per-message", "always-advances"), async (first, { run }) => {
      const second = await simulate(run);

      expect(second.trace).toEqual(first.trace);
      expect(second.state.predictions).toEqual(first.state.predictions);
      expect(second.tookMs).toBe(first.tookMs);
    }));
});

function check(
  arbitrary: fc.Arbitrary<Case>,
  property: (simulated: Simulated, each: Case) => void | Promise<void>,
): Promise<void> {
  const run = async (each: Case) => {
    simulations++;
    await property(await simulate(each.run), each);
  };
  return fc.assert(fc.asyncProperty(arbitrary, run), { numRuns: RUNS });
}

function scored({ amount, count }: TestEvent): number {
  return Math.fround(scoreOf(Float32Array.of(amount, count, amount / Math.max(1, count))));
}

function predictionOf(row: TestEvent) {
  const score = scored(row);
  return { score, suspicious: score >= 0.5, amount: row.amount, note: null };
}

function place({ position }: DeadLetter): string {
  return `${position.partition}/${position.offset}/${position.index}`;
}

function split<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function idIn(body: Uint8Array): string {
  return /"id":"(e\d+)"/.exec(Buffer.from(body).toString())?.[1] ?? "";
}
