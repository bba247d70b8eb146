import { describe, expect, it } from "@jest/globals";
import {
  asBuffer,
  DEFAULT_LIMITS,
  decodeUtf8,
  deeperThan,
  isSafeId,
  isSafeKey,
  isTimestamp,
  longerThan,
  rejected,
  withoutByteOrderMark,
} from "../../../shared/guards";

describe("the default limits", () => {
  it("are 64 KiB and 32 levels", () => {
    expect(DEFAULT_LIMITS).toEqual({ maxEventBytes: 65_536, maxDepth: 32 });
  });
});

describe("decodeUtf8", () => {
  it.each([
    ["a stray continuation byte", [0x80]],
    ["a byte that never occurs", [0x61, 0xff, 0x62]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a code point above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a character cut short at the end", [0x61, 0xe2, 0x82]],
  ])("refuses %s", (_, bytes) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined();
  });

  it.each(["", "plain", "é ß", "日本語", "🙂🙃", "\u0000", "\ufeff{}"])("decodes %j", (text) => {
    expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
  });

  it("lets the replacement character through where the sender really wrote it", () => {
    expect(decodeUtf8(Buffer.from("a\ufffdb"))).toBe("a\ufffdb");
  });

  it("reads only its own part of a shared buffer", () => {
    const shared = Buffer.from("{secret}{mine}");

    expect(decodeUtf8(new Uint8Array(shared.buffer, shared.byteOffset + 8, 6))).toBe("{mine}");
  });
});

describe("asBuffer", () => {
  it("shares the memory of the bytes, no more and no less", () => {
    const memory = Uint8Array.from([1, 2, 3, 4]);

    const buffer = asBuffer(memory.subarray(1, 3));

    expect([...buffer]).toEqual([2, 3]);
    memory[1] = 9;
    expect(buffer[0]).toBe(9);
  });

  it("gives a Buffer back as it is", () => {
    const buffer = Buffer.from("x");

    expect(asBuffer(buffer)).toBe(buffer);
  });
});

describe("withoutByteOrderMark", () => {
  it("takes one mark off the front and nothing else", () => {
    expect(withoutByteOrderMark("\ufeff{}")).toBe("{}");
    expect(withoutByteOrderMark("{}\ufeff")).toBe("{}\ufeff");
    expect(withoutByteOrderMark("\ufeff\ufeff")).toBe("\ufeff");
    expect(withoutByteOrderMark("")).toBe("");
  });
});

describe("longerThan", () => {
  it.each([
    ["1 byte a character", "a", 1],
    ["2 bytes a character", "é", 2],
    ["3 bytes a character", "日", 3],
    ["4 bytes a character", "🙂", 4],
  ])("counts bytes, not characters, at %s", (_, character, bytes) => {
    const text = character.repeat(12);

    expect(longerThan(text, 12 * bytes - 1)).toBe(true);
    expect(longerThan(text, 12 * bytes)).toBe(false);
    expect(longerThan(text, 12 * bytes + 1)).toBe(false);
  });

  it("is right where the character count alone cannot tell", () => {
    expect(longerThan("aé", 2)).toBe(true);
    expect(longerThan("aé", 3)).toBe(false);
    expect(longerThan("aaa", 8)).toBe(false);
    expect(longerThan("", 0)).toBe(false);
  });
});

describe("deeperThan", () => {
  const nested = (levels: number, open: string, close: string) => `${open.repeat(levels)}${close.repeat(levels)}`;

  it.each([
    ["arrays", (levels: number) => nested(levels, "[", "]")],
    ["objects", (levels: number) => nested(levels - 1, '{"a":', "}").replace(":}", ":{}}")],
    ["arrays after a space", (levels: number) => ` ${nested(levels, "[", "]")}`],
    [
      "both in turn",
      (levels: number) =>
        levels % 2 ? `[${nested((levels - 1) / 2, '{"a":[', "]}")}]` : nested(levels / 2, '[{"a":', "}]"),
    ],
  ])("is exact for %s at the limit and one above", (_, textOf) => {
    for (const limit of [1, 2, 5, 32]) {
      expect(deeperThan(textOf(limit), limit)).toBe(false);
      expect(deeperThan(textOf(limit + 1), limit)).toBe(true);
    }
  });

  it("does not add up brackets that stand beside each other", () => {
    const wide = `[${"[],{},".repeat(100)}[]]`;

    expect(deeperThan(wide, 2)).toBe(false);
    expect(deeperThan(wide, 1)).toBe(true);
  });

  it("does not count brackets in strings, behind escaped quotes or backslashes", () => {
    expect(deeperThan('{"a":"[[[[[{{{{{"}', 1)).toBe(false);
    expect(deeperThan('{"a":"\\"[[[[[[[["}', 1)).toBe(false);
    expect(deeperThan('{"a":"\\\\","b":[[[]]]}', 3)).toBe(true);
    expect(deeperThan('{"[[[[":1}', 1)).toBe(false);
    expect(deeperThan('{"a":"}}}}","b":[[[]]]}', 3)).toBe(true);
  });

  it("takes plain values and broken text in its stride", () => {
    for (const text of ["", "1", '"', '"[[[[', "]]]]", "{", '"\\']) expect(deeperThan(text, 1)).toBe(false);
    expect(deeperThan("[[[[", 3)).toBe(true);
    expect(deeperThan('"abc" [[[', 2)).toBe(true);
  });

  it("answers for a million levels at once", () => {
    expect(deeperThan("[".repeat(1_000_000), 32)).toBe(true);
  });
});

describe("isSafeId", () => {
  it("takes every allowed character, from 1 to 128 of them", () => {
    const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";

    for (const character of allowed) expect(isSafeId(character)).toBe(true);
    expect(isSafeId("x".repeat(128))).toBe(true);
    expect(isSafeId("x".repeat(129))).toBe(false);
    expect(isSafeId("")).toBe(false);
  });

  it("refuses every other ASCII character, wherever it stands", () => {
    for (let unit = 0; unit < 128; unit++) {
      const character = String.fromCharCode(unit);
      if (/[A-Za-z0-9._:-]/.test(character)) continue;

      expect(isSafeId(character)).toBe(false);
      expect(isSafeId(`a${character}`)).toBe(false);
      expect(isSafeId(`${character}a`)).toBe(false);
    }
  });

  it("refuses what only looks like a letter", () => {
    for (const id of ["é", "ａ", "\u0430", "🙂", "a\u0301"]) expect(isSafeId(id)).toBe(false);
  });

  it.each([undefined, null, 1, true, {}, ["a"], new String("a")])("refuses %p, which is not text", (id) => {
    expect(isSafeId(id)).toBe(false);
  });
});

describe("isSafeKey", () => {
  it("takes 1 to 256 characters of any script", () => {
    for (const key of ["a", " ", "~", "customer 7/é", "日本語", "🙂", "x".repeat(256)])
      expect(isSafeKey(key)).toBe(true);
    expect(isSafeKey("x".repeat(257))).toBe(false);
    expect(isSafeKey("")).toBe(false);
  });

  it("refuses control characters, wherever they stand", () => {
    for (const unit of [0x00, 0x09, 0x0a, 0x1f, 0x7f, 0x80, 0x85, 0x9f]) {
      expect(isSafeKey(`a${String.fromCharCode(unit)}`)).toBe(false);
      expect(isSafeKey(`${String.fromCharCode(unit)}a`)).toBe(false);
    }
    expect(isSafeKey("\u0020\u007e\u00a0")).toBe(true);
  });

  it("refuses half a surrogate pair, which no UTF-8 can hold", () => {
    for (const key of ["\ud800", "a\udfff", "\udc00\ud800", "🙂\ud83d"]) expect(isSafeKey(key)).toBe(false);
    expect(isSafeKey("\ud7ff\ue000")).toBe(true);
    expect(isSafeKey("\u{10ffff}")).toBe(true);
  });

  it.each([undefined, null, 7, {}, ["a"]])("refuses %p, which is not text", (key) => {
    expect(isSafeKey(key)).toBe(false);
  });
});

describe("isTimestamp", () => {
  it("takes what a Date can hold, and no more", () => {
    for (const time of [0, -1, 1.5, 1_767_225_600_000, 8.64e15, -8.64e15]) {
      expect(isTimestamp(time)).toBe(true);
      expect(Number.isNaN(new Date(time).getTime())).toBe(false);
    }
    for (const time of [8.64e15 + 1, -8.64e15 - 1, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(isTimestamp(time)).toBe(false);
      expect(Number.isNaN(new Date(time).getTime())).toBe(true);
    }
  });

  it.each([undefined, null, "2026-01-01", 1n, new Date()])("refuses %p, which is not a number", (time) => {
    expect(isTimestamp(time)).toBe(false);
  });
});

describe("rejected", () => {
  it("is a failure of decoding, never retried", () => {
    expect(rejected("json", "The event is not valid JSON.")).toMatchObject({
      code: "json",
      stage: "decode",
      message: "The event is not valid JSON.",
      retryable: false,
    });
  });
});
