import { describe, expect, it } from "@jest/globals";
import { compilePipeline } from "../../../../shared/compile";
import { createDecoder } from "../../../../shared/engine/decode";
import { createScratchPool } from "../../../../shared/engine/scratch";
import { unpack } from "../../../../shared/engine/unpack";
import { delivery, event, json, quietPipeline } from "../../../support/records";
import { decoded, refusal } from "../../../support/stages";

describe("decoding", () => {
  it("turns events into rows, column by column", () => {
    const chunk = decoded([event(7, { label: true }), event(8, { count: 2, label: false }), event(9)]);

    expect(chunk).toMatchObject({
      count: 3,
      ids: ["e7", "e8", "e9"],
      keys: ["k1", "k2", "k0"],
      times: [7, 8, 9].map((number) => event(number).at),
      truths: [1, 0, null],
      events: [event(7, { label: true }), event(8, { count: 2, label: false }), event(9)],
      eventOf: [0, 1, 2],
      rejects: [],
    });
    expect(chunk.features).toMatchObject({ rows: 3, width: 3 });
    expect([...chunk.features.data]).toEqual([7, 1, 7, 8, 2, 4, 9, 1, 9]);
  });

  it("takes text, bytes and a byte order mark alike", () => {
    const text = json(event(1));

    const { ids, rejects } = decoded([
      text,
      Buffer.from(text),
      `\ufeff${text}`,
      Buffer.from(`\ufeff${text}`),
      ` \n${text}\t`,
    ]);

    expect(ids).toEqual(["e1", "e1", "e1", "e1", "e1"]);
    expect(rejects).toEqual([]);
  });

  it("decodes only the part it is told, and remembers each event's place in the delivery", () => {
    const unpacked = unpack(delivery([event(0), "{", event(2), event(3), event(4)]));
    const chunk = createScratchPool(3, 3, true).take();

    createDecoder(quietPipeline, compilePipeline(quietPipeline))(unpacked, 1, 4, chunk);

    expect(chunk).toMatchObject({ ids: ["e2", "e3"], eventOf: [2, 3], rejects: [{ event: 1 }] });
  });

  it("closes the gap that a refused event leaves", () => {
    const bad = { ...event(1), amount: "x" };

    const chunk = decoded([event(0, { label: true }), json(bad), event(2), "", event(4, { label: false })]);

    expect(chunk).toMatchObject({ count: 3, ids: ["e0", "e2", "e4"], eventOf: [0, 2, 4], truths: [1, null, 0] });
    expect([...chunk.features.data.slice(0, 9)]).toEqual([0, 1, 0, 2, 1, 2, 4, 1, 4]);
    expect(chunk.rejects.map(({ event }) => event)).toEqual([1, 3]);
  });
});

describe("what is refused before it is parsed", () => {
  it.each([
    ["nothing", ""],
    ["spaces", " \t\r\n"],
    ["a byte order mark alone", "\ufeff"],
    ["no bytes", new Uint8Array()],
  ])("%s is empty", (_, body) => {
    expect(refusal(body)).toMatchObject({ code: "empty", stage: "decode", message: "The event is empty." });
  });

  it("an event one byte above the limit is oversize, as text and as bytes", () => {
    const limit = 200;
    const limits = { maxEventBytes: limit, maxDepth: 32 };
    const fits = json({ ...event(5), key: "é" }).padEnd(limit - 1, " ");
    expect(Buffer.byteLength(fits)).toBe(limit);

    for (const form of [(text: string) => text, (text: string) => Buffer.from(text)]) {
      expect(decoded([form(fits)], { limits }).ids).toEqual(["e5"]);
      expect(refusal(form(`${fits} `), { limits })).toMatchObject({
        code: "oversize",
        stage: "decode",
        message: "The event is longer than 200 bytes.",
        key: undefined,
      });
    }
  });

  it("bytes that are not UTF-8 have another encoding", () => {
    expect(refusal(Uint8Array.from([0x22, 0xff, 0x22]))).toMatchObject({
      code: "encoding",
      stage: "decode",
      message: "The event is not valid UTF-8.",
    });
  });

  it("100,000 levels of nesting are too deep, and so is one above the limit", () => {
    const limits = { maxEventBytes: 1_000_000, maxDepth: 3 };
    const nested = (levels: number) =>
      json({ ...event(5), extra: 0 }).replace(":0}", `:${"[".repeat(levels)}${"]".repeat(levels)}}`);

    expect(refusal("[".repeat(100_000), { limits })).toMatchObject({
      code: "depth",
      stage: "decode",
      message: "The event nests deeper than 3 levels.",
    });
    expect(refusal(nested(3), { limits }).code).toBe("depth");
    expect(decoded([nested(2)], { limits }).ids).toEqual(["e5"]);
  });

  it.each(["{", '{"card":4111}}', "secret 4111", '{"card":"41\n11"}', "NaN", '{"a":1,}'])("%j is not JSON", (body) => {
    const { code, stage, message, cause } = refusal(body);

    expect([code, stage, message]).toEqual(["json", "decode", "The event is not valid JSON."]);
    expect(cause).toBeUndefined();
  });

  it("a message that starts like an envelope and is not a whole one is a broken envelope", () => {
    expect(refusal('{"sluice":1,"count":3,"publishedAt":1}\n{}')).toMatchObject({
      code: "envelope",
      stage: "decode",
      message: "The message starts like an envelope of events and is not a whole one.",
    });
  });
});
