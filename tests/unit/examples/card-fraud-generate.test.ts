import { describe, expect, it } from "@jest/globals";
import { type GeneratedEvent, generate } from "../../../examples/card-fraud/generate";
import pipeline from "../../../examples/card-fraud/pipeline";

const bytesOf = (events: readonly GeneratedEvent[]) => Buffer.concat(events.map(({ body }) => Buffer.from(body)));
const fresh = (events: readonly GeneratedEvent[]) => events.filter(({ kind }) => kind === "fresh");
const parse = (event: GeneratedEvent) => JSON.parse(event.body as string);

function accepts(body: string | Uint8Array): boolean {
  try {
    const text = typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true }).decode(body);
    return pipeline.event.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

describe("the generator of card transactions", () => {
  const events = [...generate({ seed: 7, count: 40_000 })];

  it("gives the same bytes for the same seed", () => {
    const first = bytesOf([...generate({ seed: 3, count: 2000 })]);

    const second = bytesOf([...generate({ seed: 3, count: 2000 })]);

    expect(second.equals(first)).toBe(true);
  });

  it("gives other events for another seed", () => {
    const ids = new Set(fresh(events).map((event) => parse(event).transactionId));

    const others = fresh([...generate({ seed: 8, count: 2000 })]).map((event) => parse(event).transactionId);

    expect(others.filter((id) => ids.has(id))).toEqual([]);
  });

  it("starts with the same events whatever the count", () => {
    const few = [...generate({ seed: 7, count: 500 })];

    const prefix = events.slice(0, 500);

    expect(bytesOf(few).equals(bytesOf(prefix))).toBe(true);
  });

  it("yields exactly as many events as asked for, and none for 0", () => {
    const counts = [0, 1, 1000].map((count) => [...generate({ seed: 1, count })].length);

    expect(counts).toEqual([0, 1, 1000]);
  });

  it("keeps its shares: 1 % repeats, 0.5 % malformed, 1 to 2 % fraud", () => {
    const repeats = events.filter(({ kind }) => kind === "repeat").length / events.length;
    const good = fresh(events);

    const malformed = 1 - repeats - good.length / events.length;
    const fraud = good.filter((event) => parse(event).fraud).length / good.length;

    expect(Math.abs(repeats - 0.01)).toBeLessThan(0.002);
    expect(Math.abs(malformed - 0.005)).toBeLessThan(0.0015);
    expect(fraud).toBeGreaterThan(0.01);
    expect(fraud).toBeLessThan(0.02);
  });

  it("repeats an earlier event byte for byte, with its key", () => {
    const repeats = events.flatMap((event, at) => (event.kind === "repeat" ? [{ event, at }] : []));

    const unknown = repeats.filter(({ event, at }) => {
      return !events.slice(0, at).some(({ kind, body, key }) => {
        return kind === "fresh" && body === event.body && key === event.key;
      });
    });

    expect(repeats.length).toBeGreaterThan(300);
    expect(unknown).toEqual([]);
  });

  it("gives every fresh event an id of its own, a key that is its card, and times in order", () => {
    const rows = fresh(events).map((event) => ({ key: event.key, ...parse(event) }));

    const ids = new Set(rows.map(({ transactionId }) => transactionId));
    const strayKeys = rows.filter(({ key, cardId }) => key !== cardId);
    const late = rows.filter(({ at }, i) => i > 0 && at < rows[i - 1].at);

    expect(ids.size).toBe(rows.length);
    expect(strayKeys).toEqual([]);
    expect(late).toEqual([]);
  });

  it("makes fresh events that the schema accepts, of 250 to 350 bytes", () => {
    const bodies = fresh(events).map(({ body }) => body);

    const refused = bodies.filter((body) => !accepts(body));
    const sizes = bodies.map((body) => Buffer.byteLength(body));

    expect(refused).toEqual([]);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(250);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(350);
  });

  it("makes malformed events of every kind, none of which the schema accepts", () => {
    const spoiled = [...generate({ seed: 5, count: 4000, malformed: 0.5 })].filter(
      ({ kind }) => kind !== "fresh" && kind !== "repeat",
    );

    const kinds = new Set(spoiled.map(({ kind }) => kind));
    const accepted = spoiled.filter(({ body }) => accepts(body));

    expect(kinds.size).toBe(16);
    expect(accepted).toEqual([]);
  });

  it("counts a card's velocity from the purchases before", () => {
    const good = [...generate({ seed: 2, count: 20_000, repeats: 0, malformed: 0 })].map(parse);
    const lastDay = good.filter(({ at }) => at > good.at(-1).at - 86_400_000);
    const hourBefore = ({ at, cardId }: { at: number; cardId: string }, index: number) =>
      good.slice(0, index).filter((one) => one.cardId === cardId && at - one.at <= 3_600_000).length;

    const wrong = lastDay.slice(-300).filter((event) => event.countLastHour !== hourBefore(event, good.indexOf(event)));

    expect(wrong).toEqual([]);
  });
});
