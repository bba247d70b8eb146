import { describe, expect, it } from "@jest/globals";
import { decodeBase64, decodeBase64Text } from "../../../../shared/guards";

describe("decodeBase64", () => {
  it("reads what Buffer writes, at every length and padding", () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 37 + length) % 256));

      expect(decodeBase64(bytes.toString("base64"))).toEqual(bytes);
    }
  });

  it.each([
    ["a length that is no multiple of 4", "QUI"],
    ["no padding", "QQ"],
    ["too much padding", "Q==="],
    ["nothing but padding", "===="],
    ["padding in the middle", "QQ==QQ=="],
    ["padding in the middle and none at the end", "QUI=QUJD"],
    ["text after the padding", "QQ=Q"],
    ["the URL alphabet", "Q-_A"],
    ["an underscore alone", "QQ_A"],
    ["a dash alone", "QQ-A"],
    ["bits behind the last byte", "QR=="],
    ["spaces", "QU JDQQ=="],
    ["a line break", "QUJD\nQUJ"],
    ["a character that is not base64", "QU!D"],
    ["a letter beyond ASCII", "QU\u00e9D"],
    ["an emoji", "QU🙂"],
    ["a letter whose lower byte is one of base64", "QUJ\u0141"],
  ])("refuses %s", (_, text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});

describe("decodeBase64Text", () => {
  const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes as string).toString("base64");

  it.each(["", "a", "ab", "abc", "abcd", "é", "日本語", "🙂", "\ufffd", "a\u0000b", "x".repeat(200_000)])(
    "gives the text that was encoded: %#",
    (text) => {
      expect(decodeBase64Text(base64(text))).toBe(text);
    },
  );

  it("gives bytes where they are no text, and they stay what they are", () => {
    const first = decodeBase64Text(base64(Uint8Array.from([0x61, 0xff, 0x62])));
    decodeBase64Text(base64("something else altogether"));

    expect([...(first as Uint8Array)]).toEqual([0x61, 0xff, 0x62]);
  });

  it("reads nothing of what was decoded before", () => {
    decodeBase64Text(base64("a long text from an earlier event"));

    expect(decodeBase64Text(base64("b"))).toBe("b");
  });

  it.each(["QQ", "QUI", "Q===", "====", "QQ=Q", "QU!D", "QU JDQQ==", "QUI=QUJD", "QR==", "QE==", "QUJ=", "__=="])(
    "refuses %j",
    (text) => {
      expect(decodeBase64Text(text)).toBeUndefined();
    },
  );

  it("takes the URL alphabet too, which some producers write", () => {
    expect([decodeBase64Text("Pj4-"), decodeBase64Text("Pz8_")]).toEqual([">>>", "???"]);
  });
});
