import { describe, expect, it } from "@jest/globals";
import { createLineSplitter, isBlank, isLong, type Line } from "../../../../cli/events/lines";

const MAX = 70_000;

describe("the line splitter", () => {
  it.each([1, 2, 3, 7, 100])("finds the same lines when the bytes come %i at a time", (size) => {
    const splitter = createLineSplitter(MAX);

    const lines = split("one\ntwo\r\n\nfour", size, splitter);

    expect(lines.map(String)).toEqual(["one", "two", "", "four"]);
  });

  it("passes bytes on as they are, whether or not they are text", () => {
    const splitter = createLineSplitter(MAX);

    const [line] = splitter.push(Buffer.from([0xff, 0x00, 0xc0, 0x0a]));

    expect(line).toEqual(Buffer.from([0xff, 0x00, 0xc0]));
  });

  it("keeps the beginning of a line that is too long, and its length", () => {
    const splitter = createLineSplitter(MAX);

    const lines = split(`${"x".repeat(3 * MAX)}\nnext\n`, 10_000, splitter);

    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual({ head: Buffer.alloc(65_536, "x"), bytes: 3 * MAX });
    expect(String(lines[1])).toBe("next");
  });

  it.each(["\n", "\r\n"])("takes a line of exactly the greatest length that ends with %j", (end) => {
    const splitter = createLineSplitter(MAX);

    const lines = [...splitter.push(Buffer.from(`${"x".repeat(MAX)}${end}${"x".repeat(MAX + 1)}${end}`))];

    expect(lines.map(isLong)).toEqual([false, true]);
  });

  it("has no last line if the file ends with a line end", () => {
    const splitter = createLineSplitter(MAX);

    splitter.push(Buffer.from("one\n"));

    expect(splitter.end()).toEqual([]);
  });

  it("holds little more than one line's beginning while a huge one goes by", () => {
    const splitter = createLineSplitter(MAX);
    const chunk = Buffer.alloc(1 << 20, "x");
    const before = process.memoryUsage().arrayBuffers;

    for (let i = 0; i < 200; i++) splitter.push(chunk);

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 << 20);
  });
});

describe("a blank line", () => {
  it.each([
    ["", true],
    [" \t\r", true],
    [" x", false],
    ["\u00a0", false],
  ])("%j: %s", (text, expected) => {
    expect(isBlank(Buffer.from(text))).toBe(expected);
  });
});

function split(text: string, size: number, splitter: ReturnType<typeof createLineSplitter>): Line[] {
  const bytes = Buffer.from(text);
  const lines: Line[] = [];
  for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
  return [...lines, ...splitter.end()];
}
