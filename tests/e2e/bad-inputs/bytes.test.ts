import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { encodeEnvelope } from "sluice";
import { decodeBase64 } from "../../../shared/guards";
import { judge } from "../../support/bad-inputs";
import { bench } from "../../support/engine";
import { delivery, event, json } from "../../support/records";

const sound = json(event(1));
const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("bad inputs: bytes and encodings", () => {
  it("B01 nothing at all, only white space, only null: dead-lettered as empty, or for not being an event", async () => {
    const { fates } = await judge(["", new Uint8Array(0), " ", "\n\t\r\n ", "null", "true", "0", '""', "[]", "{}"]);

    expect(fates.slice(0, 4)).toEqual(["empty", "empty", "empty", "empty"]);
    expect(new Set(fates.slice(4))).toEqual(new Set(["schema"]));
  });

  it("B02 invalid UTF-8: dead-lettered as encoding, never repaired in silence", async () => {
    const invalid = ["ff fe", "80", "c0 af", "e2 82", "ed a0 80", "f4 90 80 80", "f8 88 80 80 80", "22 ff 22"];
    const inside = Buffer.concat([
      Buffer.from(sound.slice(0, -1)),
      Buffer.from(',"note":"'),
      hex("e2 82"),
      Buffer.from('"}'),
    ]);
    const repaired = json(event(2, { note: "\ufffd" }));

    const { fates, rows } = await judge([...invalid.map(hex), inside, repaired, Buffer.from(repaired)]);

    expect(fates).toEqual([...invalid, inside].map(() => "encoding" as string).concat("stored", "stored"));
    expect(rows.get("e2")?.prediction["note"]).toBe("\ufffd");
  });

  it("B03 one byte order mark is dropped; two of them, and UTF-16, are dead-lettered", async () => {
    const utf16 = Buffer.from(sound, "utf16le");
    const inputs = [
      `\ufeff${sound}`,
      Buffer.from(`\ufeff${json(event(2))}`),
      `\ufeff\ufeff${sound}`,
      utf16,
      Buffer.concat([hex("ff fe"), utf16]),
      Buffer.concat([hex("fe ff"), Buffer.from(utf16).swap16()]),
      "\ufeff",
    ];

    const { fates } = await judge(inputs);

    expect(fates).toEqual(["stored", "stored", "json", "json", "encoding", "encoding", "empty"]);
  });

  it("B04 garbage where base64 should be: refused, not decoded to something", () => {
    const garbage = [
      "!!!not base64$$$",
      "eyJhIjoxf",
      "eyJh-_==",
      "eyJh\nIjoxfQ==",
      "eyJhIjoxfQ=",
      "=",
      "====",
      "A===",
      "QR==",
    ];

    for (const text of garbage) expect([text, decodeBase64(text)]).toEqual([text, undefined]);
    expect(decodeBase64("eyJhIjoxfQ==")?.toString()).toBe('{"a":1}');
    expect(decodeBase64("")).toHaveLength(0);
  });

  it("B04 an envelope with a broken line is dead-lettered whole, once, with its original bytes", async () => {
    for (const line of ["~!!!", "~eyJhIjoxf", "~eyJh-_==", '{"a":1}\n{"b":2}']) {
      const { engine, state } = bench();
      const body = `{"sluice":1,"count":1,"publishedAt":5}\n${line}`;

      await engine().processBatch(delivery([event(1), body, event(2)]));

      expect([...state.letters.values()]).toMatchObject([{ code: "envelope" }]);
      expect(Buffer.from([...state.letters.values()][0]!.body).toString()).toBe(body);
      expect([...state.predictions.keys()]).toEqual(["e1", "e2"]);
    }
  });

  it("B17 compressed bodies, bombs among them: dead-lettered as they are, never unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const started = performance.now();

    const { fates } = await judge([
      gzipSync(sound),
      bomb,
      gzipSync(bomb),
      bomb.subarray(0, 100),
      Buffer.concat([gzipSync(sound), gzipSync(sound)]),
      deflateSync(sound),
      brotliCompressSync(Buffer.alloc(1024 * 1024)),
    ]);

    expect(fates).not.toContain("stored");
    expect(fates.slice(0, 5)).toEqual(["encoding", "encoding", "encoding", "encoding", "encoding"]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("B18 the limit counts bytes, not characters, and not the base64 of an envelope", async () => {
    const limit = 300;
    const sized = (number: number, bytes: number, unit: string) => {
      const base = json(event(number, { note: "" }));
      const room = bytes - base.length;
      const filler = unit.repeat(Math.floor(room / Buffer.byteLength(unit)));
      return base.replace(
        '"note":""',
        `"note":"${filler.padEnd(filler.length + room - Buffer.byteLength(filler), "x")}"`,
      );
    };
    const units = ["x", "é", "€", "\u{1f600}", "\ufffd"];
    const inputs = units.flatMap((unit, i) =>
      [limit - 1, limit, limit + 1].map((bytes, j) => sized(i * 3 + j, bytes, unit)),
    );

    const { fates } = await judge([...inputs, ...inputs.map((input) => Buffer.from(input))], { maxEventBytes: limit });
    const escaped = await judge([`${sized(50, limit - 1, "x")}\n`, `${sized(51, limit, "x")}\n`], {
      maxEventBytes: limit,
    });

    expect(inputs.map((input) => Buffer.byteLength(input) - limit)).toEqual(units.flatMap(() => [-1, 0, 1]));
    expect(fates).toEqual([...units, ...units].flatMap(() => ["stored", "stored", "oversize"]));
    expect(escaped.fates).toEqual(["stored", "oversize"]);
  });

  it("B22 an envelope that is none: dead-lettered whole; one with no events, and no messages, are nothing", async () => {
    const broken = [
      '{"sluice":1,',
      '{"sluice":1,"count":2,"publishedAt":1}\n{}',
      '{"sluice":1,"count":1,"publishedAt":-1}\n{}',
    ];
    const { engine, state } = bench();

    const outcome = await engine().processBatch(delivery([...broken, encodeEnvelope([], 1), json(event(1))]));
    const nothing = await engine().processBatch(delivery([]));

    expect([...state.letters.values()].map(({ code }) => code)).toEqual(["envelope", "envelope", "envelope"]);
    expect(outcome).toMatchObject({ received: 4, deadLettered: 3, stored: 1, firstRetry: -1 });
    expect(outcome.messages).toHaveLength(5);
    expect(nothing).toMatchObject({ received: 0, messages: [], firstRetry: -1 });
  });

  it("B22 what other platforms wrap events in is not an event: dead-lettered (unwrapping is each cloud's adapter's part)", async () => {
    const { fates } = await judge([
      json({ Records: [] }),
      json({ Records: [{ kinesis: { partitionKey: "k" } }] }),
      json({ message: { data: "e30=", messageId: "1" }, subscription: "s" }),
      json({ specversion: "0.3", type: "t", source: "s", id: "1", data: event(1) }),
      json([event(1), event(2)]),
      json([sound]),
      Buffer.concat([hex("f3 89 9a c2"), Buffer.from(sound)]),
    ]);

    expect(fates).toEqual(["schema", "schema", "schema", "schema", "schema", "schema", "encoding"]);
  });
});
