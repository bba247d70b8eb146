import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { decodeEnvelope, encodeEnvelope } from "sluice";
import { all } from "../../../support/records";
import { HOUR, MINUTE, takesAnyBounds } from "../suites/archived";
import { key, lines, listing, read, withStub } from "./archive/open";

describe("messages in Firehose's objects", () => {
  it("are lines, and envelopes the lines that their header counts", async () => {
    const envelope = encodeEnvelope(['{"a":1}', "", "two\nlines", '{"b":2}'], HOUR + MINUTE);
    const messages = await read({ [key()]: gzipSync(lines('{"x":1}', envelope, '{"y":2}')) });

    expect(messages.map(({ body }) => body)).toEqual(['{"x":1}', envelope, '{"y":2}']);
    expect(decodeEnvelope(messages[1]!.body)?.events).toEqual(['{"a":1}', "", "two\nlines", '{"b":2}']);
  });

  it("are read without compression, without a last line break, and over empty lines", async () => {
    const messages = await read({ [key()]: 'one\n\n{"sluice":1,"count":0,"publishedAt":5}\ntwo' });

    expect(messages.map(({ body }) => body)).toEqual(["one", '{"sluice":1,"count":0,"publishedAt":5}', "two"]);
  });

  it("are bytes where they are not UTF-8", async () => {
    const messages = await read({ [key()]: Buffer.from([0xff, 0xfe, 0x0d, 0x0a]) });

    expect([...Buffer.from(messages[0]!.body)]).toEqual([0xff, 0xfe, 0x0d]);
  });

  it("a header that promises more lines than there are is a message of its own, and so is each line behind it", async () => {
    const lying = '{"sluice":1,"count":9,"publishedAt":5}';
    const whole = encodeEnvelope(["3", "4"], HOUR);
    const messages = await read({ [key("a")]: lines(lying, "1", lying, "2", whole), [key("b")]: lines("5") });

    expect(messages.map(({ body }) => body)).toEqual([lying, "1", lying, "2", whole, "5"]);
    expect(messages.map(({ offset }) => Number(offset.split("#")[1]))).toEqual([1, 2, 3, 4, 5, 1]);
  });

  it("a header that promises more bytes than a record holds is one, too, and no line is lost", async () => {
    const lying = '{"sluice":1,"count":999999,"publishedAt":5}';
    const line = "x".repeat(1024 * 1024);
    const messages = await read({ [key()]: gzipSync(lines(lying, ...Array<string>(11).fill(line), "end")) });

    expect(messages.map(({ body }) => body.length)).toEqual([lying.length, ...Array<number>(11).fill(line.length), 3]);
  });

  it("survive being cut anywhere into chunks", async () => {
    const texts = Array.from({ length: 3_000 }, (_, i) => encodeEnvelope([`${i}Ω`, "x".repeat(i % 200)], HOUR));
    const messages = await read({ [key()]: gzipSync(lines(...texts)) });

    expect(messages.map(({ body }) => body)).toEqual(texts);
  });

  it("of several gzip members are read through", async () => {
    const messages = await read({ [key()]: Buffer.concat([gzipSync(lines("1")), gzipSync(lines("2"))]) });

    expect(messages.map(({ body }) => body)).toEqual(["1", "2"]);
  });

  it("have the hour as partition and an offset that sorts", async () => {
    const messages = await read({ [key("a")]: lines(...Array.from({ length: 12 }, (_, i) => String(i))) });

    const offsets = messages.map(({ offset }) => offset);
    expect(new Set(messages.map(({ partition }) => partition))).toEqual(new Set(["raw/dt=2026-01-31/hh=23/"]));
    expect(offsets).toEqual([...offsets].sort());
    expect(offsets[11]).toBe("s-1-2026-01-31-23-10-00-a.jsonl.gz#0000000012");
  });
});

describe("the time of acceptance", () => {
  it("is the envelope's, or else the one in the object's name, and does not go back", async () => {
    const envelope = (minute: number) => encodeEnvelope(["1"], HOUR + minute * MINUTE);
    const messages = await read({
      [key("a", 10)]: lines("raw", envelope(12), envelope(11)),
      [key("b", 20)]: lines("raw"),
    });

    expect(messages.map(({ acceptedAt }) => (acceptedAt - HOUR) / MINUTE)).toEqual([10, 12, 12, 20]);
  });

  it("is not a producer's whose clock is wrong", async () => {
    const messages = await read({ [key("a", 10)]: lines(encodeEnvelope(["1"], 5), encodeEnvelope(["2"], HOUR * 2)) });

    expect(messages.map(({ acceptedAt }) => (acceptedAt - HOUR) / MINUTE)).toEqual([10, 10]);
  });

  it("is the object's own time under another name", async () => {
    const messages = await read({ "raw/dt=2026-01-31/hh=23/by-hand.txt": lines("1") }, {}, HOUR + 5 * MINUTE);

    expect(messages.map(({ acceptedAt }) => acceptedAt - HOUR)).toEqual([5 * MINUTE]);
  });

  it("stays with the hour of an object that was written much later", async () => {
    const messages = await read({ [key("a", 300)]: lines("1") });

    expect(messages.map(({ acceptedAt }) => (acceptedAt - HOUR) / MINUTE)).toEqual([75]);
  });
});

describe("a query of the archive", () => {
  it("takes from inclusive, to exclusive, over the bounds of hours", async () => {
    const objects = Object.fromEntries(
      [-50, -10, 10, 59, 70].map((minute) => [hourKey(minute), lines(String(minute))]),
    );
    const found = async (from: number, to: number) =>
      (await read(objects, { from: HOUR + from * MINUTE, to: HOUR + to * MINUTE })).map(({ body }) => body);

    expect(await found(-50, 70)).toEqual(["-50", "-10", "10", "59"]);
    expect(await found(-49, 71)).toEqual(["-10", "10", "59", "70"]);
    expect(await found(1_000, 2_000)).toEqual([]);
  });

  it("lists only the hours that it can touch", async () => {
    const requests = await withStub(
      () => ({ body: listing(["raw/dt=2026-02-01/hh=02/later.gz"]) }),
      async (archive, sent) => {
        const from = HOUR + 10 * MINUTE;
        expect(await all(archive.read({ from, to: from + MINUTE }))).toEqual([]);
        return sent.map(({ path }) => decodeURIComponent(path));
      },
    );

    expect(requests).toEqual([expect.stringContaining("start-after=raw/dt=2026-01-31/hh=22/")]);
  });

  takesAnyBounds((query) => read({ [key()]: lines("1") }, query));
});

/** An object in the hour that it was written in, minutes from `HOUR`. */
function hourKey(minute: number): string {
  const [date, time] = new Date(HOUR + minute * MINUTE).toISOString().split(/[T.]/) as [string, string];
  return `raw/dt=${date}/hh=${time.slice(0, 2)}/s-1-${date}-${time.replaceAll(":", "-")}-a.jsonl.gz`;
}
