import { describe, expect, it } from "@jest/globals";
import { decodeEnvelope, encodeEnvelope, isEnvelope } from "../../../shared/envelope";

const AT = 1_763_800_000_000;
const HEADER = `{"sluice":1,"count":1,"publishedAt":${AT}}`;

/** Through the text form and through its bytes, which must be the same. */
function roundTrip(events: readonly (string | Uint8Array)[]) {
  const text = encodeEnvelope(events, AT);
  const fromText = decodeEnvelope(text);
  expect(decodeEnvelope(Buffer.from(text, "utf8"))).toEqual(fromText);
  return fromText;
}

describe("an envelope", () => {
  it.each([
    ["no event", []],
    ["one empty event", [""]],
    ["several empty events", ["", "", ""]],
    ["line breaks of all kinds", ["a\nb", "\n", "a\r\nb", "\r"]],
    ["leading tildes", ["~", "~~", "~QQ==", "a~"]],
    ["an envelope in an envelope", [encodeEnvelope(["a", "b"], AT)]],
    ["text of all scripts", ["é", "日本語", "🙂", "\ufeff{}", "\ufffd", "\u0000", "\u2028"]],
    ["a line that looks like the header", [HEADER]],
  ])("gives %s back unchanged", (_, events) => {
    expect(roundTrip(events)).toEqual({ events, publishedAt: AT });
  });

  it("gives bytes back as text where they are valid UTF-8", () => {
    expect(roundTrip([Buffer.from("{}"), new TextEncoder().encode("é\n")])?.events).toEqual(["{}", "é\n"]);
  });

  it("gives bytes that are not UTF-8 back byte by byte", () => {
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);

    const events = roundTrip([every, "after"])?.events;

    expect(Buffer.from(events![0] as Uint8Array)).toEqual(Buffer.from(every));
    expect(events![1]).toBe("after");
  });

  it("takes only its own part of a shared buffer", () => {
    const shared = Uint8Array.from([0x61, 0xff, 0x62]);

    const events = roundTrip([shared.subarray(1, 2)])?.events;

    expect([...(events![0] as Uint8Array)]).toEqual([0xff]);
  });

  it("writes an ordinary event as it is, on a line of its own", () => {
    expect(encodeEnvelope(['{"id":"a"}', "~x"], AT)).toBe(
      `{"sluice":1,"count":2,"publishedAt":${AT}}\n{"id":"a"}\n~${Buffer.from("~x").toString("base64")}`,
    );
  });

  it("replaces half a surrogate pair, which no bytes can hold, and harms no neighbor", () => {
    expect(roundTrip(["a\ud800", "b"])?.events).toEqual(["a\ufffd", "b"]);
  });

  it("can be read whatever the clock said: fractions and times before 1970 too", () => {
    for (const time of [1.5, -1, 0, 8.64e15])
      expect(decodeEnvelope(encodeEnvelope(["a"], time))?.events).toEqual(["a"]);
  });
});

describe("isEnvelope", () => {
  it("knows an envelope by its first bytes, as text and as bytes", () => {
    for (const body of [HEADER, '{"sluice":1,', '{"sluice":1,"x'].flatMap((text) => [text, Buffer.from(text)]))
      expect(isEnvelope(body)).toBe(true);
  });

  it("takes everything else for an event by itself", () => {
    for (const body of [
      "",
      "{",
      '{"sluice":1',
      '{"sluice":2,',
      ' {"sluice":1,',
      '{"sluice": 1,',
      '{"Sluice":1,',
      "[1]",
    ])
      for (const form of [body, Buffer.from(body)]) expect(isEnvelope(form)).toBe(false);
  });
});

describe("decodeEnvelope", () => {
  it.each([
    ["a line is missing", `{"sluice":1,"count":2,"publishedAt":${AT}}\na`],
    ["a line is too many", `${HEADER}\na\nb`],
    ["a line break follows the last event", `${HEADER}\na\n`],
    ["it counts one and holds none", HEADER],
    ["it counts none and holds an empty one", `{"sluice":1,"count":0,"publishedAt":${AT}}\n`],
    ["the header is cut short", '{"sluice":1,"count":1,"publish'],
    ["the header has other fields", `{"sluice":1,"count":1,"publishedAt":${AT},"x":1}\na`],
    ["the header has spaces", `{"sluice":1, "count":1,"publishedAt":${AT}}\na`],
    ["the header has something before it", ` ${HEADER}\na`],
    ["the count is not a number", `{"sluice":1,"count":x,"publishedAt":${AT}}\na`],
    ["the count has 7 digits", `{"sluice":1,"count":1000000,"publishedAt":${AT}}\na`],
    ["the count is missing", `{"sluice":1,"count":,"publishedAt":${AT}}\na`],
    ["the time is not a number", '{"sluice":1,"count":1,"publishedAt":null}\na'],
    ["the time has 17 digits", '{"sluice":1,"count":1,"publishedAt":12345678901234567}\na'],
    ["the version is another", `{"sluice":2,"count":1,"publishedAt":${AT}}\na`],
    ["an escaped event is not base64", `${HEADER}\n~!!!!`],
    ["an escaped event is cut short", `${HEADER}\n~QQ`],
    ["it is an event by itself", '{"id":"a"}'],
    ["it is empty", ""],
  ])("refuses it where %s", (_, body) => {
    expect(decodeEnvelope(body)).toBeUndefined();
    expect(decodeEnvelope(Buffer.from(body))).toBeUndefined();
  });

  it("refuses bytes that are not UTF-8", () => {
    expect(decodeEnvelope(Buffer.concat([Buffer.from(`${HEADER}\n`), Buffer.from([0xff])]))).toBeUndefined();
  });

  it("takes the longest header there is", () => {
    const events = new Array<string>(100_000).fill("");

    const envelope = decodeEnvelope(encodeEnvelope(events, 8.64e15));

    expect(envelope?.events).toHaveLength(100_000);
  });

  it("reads an escaped event of no bytes", () => {
    expect(decodeEnvelope(`${HEADER}\n~`)?.events).toEqual([""]);
  });
});
