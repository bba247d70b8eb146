import { describe, expect, it } from "@jest/globals";
import type { DeadLetter, ErrorCode } from "sluice";
import { idsOf } from "../../support/cloud-path";
import { duringTests } from "../../support/during-tests";
import { openGcpServices } from "../../support/gcp/services";
import { NAN_AMOUNT, REFUSED_AMOUNT } from "../../support/memory/infer";
import { event, json, quietPipeline } from "../../support/records";
import { openPushed } from "./pushed";

/** Events of one message. */
const SIZE = 50;
const MAX_EVENT_BYTES = 2_000;
/** At the start, at the end, and all over: a message of its own for each. */
const PLACES = [
  [0, 1, 2],
  [47, 48, 49],
  [0, 24, 49],
];
const pipeline = { ...quietPipeline, limits: { ...quietPipeline.limits, maxEventBytes: MAX_EVENT_BYTES } };

/** For each code that blames an event before it is stored, such an event. */
const BAD: [ErrorCode, (number: number) => string | Uint8Array][] = [
  ["empty", () => ""],
  ["oversize", (number) => json(event(number, { note: "n".repeat(MAX_EVENT_BYTES) }))],
  ["encoding", (number) => Buffer.from([0xff, 0x00, 0x0a, number, 0x7b])],
  ["depth", (number) => "[".repeat(40 + number)],
  ["json", (number) => `{"id":"e${number}"`],
  ["schema", (number) => json({ ...event(number), amount: "much" })],
  ["identity", (number) => json(event(number, { id: "" }))],
  ["features", (number) => json(event(number, { amount: 1e300 }))],
  ["model-input", (number) => json(event(number, { amount: REFUSED_AMOUNT }))],
  ["model-output", (number) => json(event(number, { amount: NAN_AMOUNT }))],
];

const services = duringTests(openGcpServices);

describe("three bad events in a message of fifty", () => {
  it.each(BAD)(
    "are three letters with their own bytes (%s); 47 are stored, and the message comes once",
    async (code, bad) => {
      const path = await openPushed(services(), { pipeline });
      const messages = PLACES.map((places, message) => messageOf(message * SIZE, places, bad));

      for (const { bodies } of messages) await path.publish(bodies);
      await path.drained();

      expect(codesOf(await path.letters())).toEqual(messages.flatMap(({ poison }) => lettersOf(code, poison)).sort());
      expect(await idsOf(path)).toEqual(messages.flatMap(({ ids }) => ids).sort());
      expect(path.state()).toMatchObject({ delivered: 3, acked: 3, nacked: 0, deadLettered: 0 });
      await path.close();
    },
  );

  it("of all kinds at once, and a message of nothing else, are no more work for Pub/Sub", async () => {
    const path = await openPushed(services(), { pipeline });
    const kinds = BAD.map(([code, bad], number) => ({ code, body: bad(number) }));
    const whole = Array.from({ length: SIZE }, (_, number) => kinds[number % kinds.length]!);
    const mixed = Array.from({ length: SIZE }, (_, number) => kinds[number / 5] ?? json(event(number)));

    await path.publish(mixed.map((one) => (typeof one === "string" ? one : one.body)));
    await path.publish(whole.map(({ body }) => body));
    await path.drained();

    const bad = [...mixed.filter((one) => typeof one !== "string"), ...whole];
    expect(codesOf(await path.letters())).toEqual(bad.flatMap(({ code, body }) => lettersOf(code, [body])).sort());
    expect(await path.stored()).toHaveLength(SIZE - kinds.length);
    expect(path.state()).toMatchObject({ delivered: 2, acked: 2, nacked: 0, deadLettered: 0 });
    await path.close();
  });
});

describe("a row that the model refuses", () => {
  it("is found wherever it is: it alone is a letter, and its message comes once", async () => {
    const path = await openPushed(services(), { pipeline });
    const refused = (number: number) => json(event(number, { amount: REFUSED_AMOUNT }));
    const messages = Array.from({ length: SIZE }, (_, place) => messageOf(place * SIZE, [place], refused));

    for (const { bodies } of messages) await path.publish(bodies);
    await path.drained();

    const poison = messages.flatMap((message) => message.poison);
    expect(codesOf(await path.letters())).toEqual(lettersOf("model-input", poison).sort());
    expect(await idsOf(path)).toEqual(messages.flatMap(({ ids }) => ids).sort());
    expect(path.state()).toMatchObject({ delivered: SIZE, acked: SIZE, nacked: 0 });
    await path.close();
  });
});

describe("a message of another producer", () => {
  it("that says that it is an envelope and is none is a letter as a whole, and does not come again", async () => {
    const path = await openPushed(services(), { pipeline });
    const { pubsub } = services().services;
    const torn = '{"sluice":1,"count":3,"publishedAt":0}\n{"id":"e1"}';

    pubsub.publish(path.names.topic, [{ data: torn }, { data: json(event(1)) }]);
    await path.drained();

    expect(codesOf(await path.letters())).toEqual(lettersOf("envelope", [torn]));
    expect(await idsOf(path)).toEqual(["e1"]);
    expect(path.state()).toMatchObject({ delivered: 2, acked: 2 });
    await path.close();
  });

  it("without any data is a letter of no bytes, and does not come again", async () => {
    const path = await openPushed(services(), { pipeline });
    const { pubsub } = services().services;

    pubsub.publish(path.names.topic, [{ attributes: { kind: "ping" } }]);
    await path.drained();

    expect(codesOf(await path.letters())).toEqual(lettersOf("empty", [""]));
    expect(path.state()).toMatchObject({ delivered: 1, acked: 1 });
    await path.close();
  });
});

function messageOf(from: number, places: readonly number[], bad: (number: number) => string | Uint8Array) {
  const numbers = Array.from({ length: SIZE }, (_, place) => from + place);
  const isBad = (number: number) => places.includes(number - from);
  return {
    bodies: numbers.map((number) => (isBad(number) ? bad(number) : json(event(number, { amount: 1 })))),
    poison: numbers.filter(isBad).map(bad),
    ids: numbers.filter((number) => !isBad(number)).map((number) => `e${number}`),
  };
}

function codesOf(letters: readonly DeadLetter[]): string[] {
  return letters.flatMap(({ code, body }) => lettersOf(code, [body])).sort();
}

function lettersOf(code: ErrorCode, bodies: readonly (string | Uint8Array)[]): string[] {
  return bodies.map((body) => `${code} ${Buffer.from(body).toString("hex")}`);
}
