import fc from "fast-check";
import type { ErrorCode } from "sluice";
import type { FaultsOptions, Rates } from "./faults";
import { NAN_AMOUNT, REFUSED_AMOUNT, type SourceOptions } from "./memory";
import { event, json, type TestEvent } from "./records";
import type { Sent, SimulationOptions } from "./simulation";

/** An event and what is to become of it: its row, or a letter with this code. */
export interface Planned extends Sent {
  fate: { row: TestEvent } | { code: ErrorCode };
}

/** A simulation and what it must end with. */
export interface Case {
  plan: readonly (readonly Planned[])[];
  run: SimulationOptions;
}

/** What each event of a plan becomes in an undisturbed run: rows by id, and the codes of the letters, sorted. */
export function expected(plan: Case["plan"]): { rows: Map<string, TestEvent>; letters: ErrorCode[] } {
  const rows = new Map<string, TestEvent>();
  const letters: ErrorCode[] = [];
  for (const { fate } of plan.flat()) {
    if ("row" in fate) rows.set(fate.row.id, fate.row);
    else letters.push(fate.code);
  }
  return { rows, letters: letters.sort() };
}

/** One of each way in which an event can never succeed. */
export const BROKEN: readonly { body: string | Uint8Array; code: ErrorCode }[] = [
  { body: "", code: "empty" },
  { body: " \n\t", code: "empty" },
  { body: "{", code: "json" },
  { body: '{"id":"e1"', code: "json" },
  { body: "null", code: "schema" },
  { body: "[".repeat(50), code: "depth" },
  { body: Uint8Array.of(0x22, 0xff, 0x22), code: "encoding" },
  { body: `"${"x".repeat(70_000)}"`, code: "oversize" },
  { body: json(event(1, { id: "../x" })), code: "identity" },
  { body: json(event(1, { key: "" })), code: "identity" },
  { body: json({ ...event(1), amount: "1" }), code: "schema" },
  { body: json(event(1, { amount: 1e39 })), code: "features" },
  { body: json(event(1, { amount: NAN_AMOUNT })), code: "model-output" },
  { body: json(event(1, { amount: REFUSED_AMOUNT })), code: "model-input" },
];

const eventPlan = (number: number): fc.Arbitrary<Planned> =>
  fc
    .record({ key: fc.nat({ max: 4 }), broken: fc.nat({ max: 5 * BROKEN.length }), amount: fc.nat({ max: 500 }) })
    .map(({ key, broken, amount }) => {
      const bad = BROKEN[broken];
      if (bad) return { key: `k${key}`, body: bad.body, fate: { code: bad.code } };
      const row = event(number, { key: `k${key}`, amount });
      return { key: row.key, body: json(row), fate: { row } };
    });

/** Publish calls of 0 to 12 events; some are published a second time, by a producer that does not know better. */
const plans: fc.Arbitrary<Planned[][]> = fc
  .array(fc.record({ size: fc.nat({ max: 12 }), repeat: fc.nat({ max: 9 }) }), { minLength: 1, maxLength: 8 })
  .chain((calls) => {
    let number = 0;
    return fc.tuple(
      ...calls.map(({ size, repeat }) =>
        fc
          .tuple(...Array.from({ length: size }, () => eventPlan(number++)))
          .map((planned) => (repeat === 0 ? [planned, planned] : [planned])),
      ),
    );
  })
  .map((calls) => calls.flat());

const BEFORE = ["throttled", "unavailable", "timeout", "credentials", "crashBefore"] as const;
const AFTER = ["lost", "crashAfter", "slow"] as const;

function rates(...faults: (keyof Rates)[]): fc.Arbitrary<Rates> {
  const each = faults.map((fault) => [fault, fc.nat({ max: 6 }).map((percent) => percent / 100)]);
  return fc.record(Object.fromEntries(each));
}

/** Faults that are nobody's fault: whatever they hit comes again, and none harms the order within a key. */
export const transient: fc.Arbitrary<FaultsOptions["rates"]> = fc.record({
  ingest: rates("unavailable", "lost", "crashBefore", "crashAfter"),
  infer: rates(...BEFORE, ...AFTER),
  store: rates(...BEFORE, ...AFTER),
  deadLetters: rates(...BEFORE, ...AFTER, "partial"),
  actions: rates(...BEFORE, ...AFTER, "partial"),
  source: rates("crashBefore", "crashAfter", "again"),
});

/** The same, and some rows of a write go through while others do not. */
export const partial: fc.Arbitrary<FaultsOptions["rates"]> = fc
  .tuple(transient, rates("partial"))
  .map(([rates, more]) => ({ ...rates, store: { ...rates.store, ...more } }));

/** All of it, and what could be taken for the record's own fault: a hiccup of the model, an error nobody classified. */
export const ambiguous: fc.Arbitrary<FaultsOptions["rates"]> = fc
  .tuple(partial, rates("nan", "internal"), rates("internal"))
  .map(([rates, infer, store]) => ({
    ...rates,
    infer: { ...rates.infer, ...infer },
    store: { ...rates.store, ...store },
  }));

/** Random plans, faults, batch sizes and deadlines on sources of the given kinds. */
export function cases(
  faults: fc.Arbitrary<FaultsOptions["rates"]>,
  ...kinds: SourceOptions["checkpoint"][]
): fc.Arbitrary<Case> {
  return fc
    .record({
      seed: fc.integer(),
      plan: plans,
      rates: faults,
      checkpoint: fc.constantFrom(...kinds),
      maxMessages: fc.integer({ min: 1, max: 5 }),
      maxRows: fc.integer({ min: 1, max: 20 }),
      deadlineMs: fc.option(fc.integer({ min: 1_500, max: 8_000 }), { nil: undefined }),
    })
    .map(({ seed, plan, rates, checkpoint, maxMessages, maxRows, deadlineMs }) => ({
      plan,
      run: { seed, batches: plan, rates, source: { checkpoint, maxMessages }, engine: { maxRows }, deadlineMs },
    }));
}
