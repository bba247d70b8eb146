import { describe, expect, it } from "@jest/globals";
import { createCsvReader } from "../../../../cli/events/csv";
import { createLineSplitter } from "../../../../cli/events/lines";
import type { Item } from "../../../../cli/events/ndjson";
import { parseRecord } from "../../../../cli/events/record";
import { ConfigError } from "../../../../shared/errors";

describe("the CSV reader", () => {
  it("makes an object of each row, with numbers where the text is a plain number", () => {
    const items = read('a,b,c\n1,x,-2.5e3\n"007",true,1e999\n');

    expect(items).toEqual(['{"a":1,"b":"x","c":-2.5e3}', '{"a":"007","b":"true","c":1e999}']);
  });

  it("understands quotes, doubled quotes, delimiters and line breaks inside them", () => {
    const items = read('a,b\r\n"x, ""y""","two\nlines"\r\n');

    expect(parsed(items)).toEqual([{ a: 'x, "y"', b: "two\nlines" }]);
  });

  it("names the first column `row` in files that have one more than their header", () => {
    const items = read('"date","light"\n"1","2015-02-04",426\n"2","2015-02-05",0\n');

    expect(parsed(items)).toEqual([
      { row: 1, date: "2015-02-04", light: 426 },
      { row: 2, date: "2015-02-05", light: 0 },
    ]);
  });

  it("passes on rows that do not fit the header as they are", () => {
    const items = read("a,b\n1,2\n1\n1,2,3\n3,4\n");

    expect(items).toEqual(['{"a":1,"b":2}', "1", "1,2,3", '{"a":3,"b":4}']);
  });

  it("passes on a row that is not UTF-8 as bytes, and goes on", () => {
    const items = read(Buffer.concat([Buffer.from("a,b\n1,"), Buffer.from([0xff]), Buffer.from("\n2,3\n")]));

    expect(items).toEqual([Buffer.from([0x31, 0x2c, 0xff]), '{"a":2,"b":3}']);
  });

  it("loses no row to a quote that is never closed", () => {
    const rows = Array.from({ length: 500 }, (_, i) => `${i},ok`);

    const items = read(`a,b\n1,"open\n${rows.join("\n")}\n`);

    expect(items[0]).toBe('1,"open');
    expect(parsed(items.slice(1))).toEqual(rows.map((_, i) => ({ a: i, b: "ok" })));
  });

  it("passes on a row with something behind a closing quote", () => {
    expect(read('a,b\n"x"y,1\n2,3\n')).toEqual(['"x"y,1', '{"a":2,"b":3}']);
  });

  it("takes a quote inside a value that does not start with one for an ordinary character", () => {
    expect(parsed(read('a,b\n5" screen,1\n'))).toEqual([{ a: '5" screen', b: 1 }]);
  });

  it.each([";", "\t"])("reads files with %j between the values", (delimiter) => {
    expect(read(`a${delimiter}b\n1${delimiter}2,5\n`)).toEqual(['{"a":1,"b":"2,5"}']);
  });

  it("keeps a column called __proto__ a column", () => {
    const [item] = read("__proto__,a\n1,2\n");

    expect(Object.keys(JSON.parse(String(item)))).toEqual(["__proto__", "a"]);
  });

  it("counts blank lines and takes them for no rows", () => {
    const reader = createCsvReader("the file");

    const items = reader.read(["", "a,b", "", "1,2", "  "].map((line) => Buffer.from(line)));

    expect(items).toEqual(['{"a":1,"b":2}']);
    expect(reader.blank).toBe(3);
  });

  it.each([
    ["a,,b", "column 2 of its first line has no name"],
    ["a,b,a", 'column "a" is there twice'],
    ['"a,b', "the quotes in its first line do not match"],
    ["\xff", undefined],
  ])("refuses the header %j", (header, message) => {
    const bytes = message === undefined ? Buffer.from(header, "latin1") : Buffer.from(header);

    const reading = () => read(Buffer.concat([bytes, Buffer.from("\n1,2\n")]));

    expect(reading).toThrow(ConfigError);
    expect(reading).toThrow(message ?? "not UTF-8");
  });
});

describe("a CSV record", () => {
  it.each([
    ["a,b", ["a", "b"]],
    ["", [""]],
    [",", ["", ""]],
    ['"",""', ["", ""]],
    ['""""', ['"']],
    ['a,"b,c",d', ["a", "b,c", "d"]],
    ['"a', "open"],
    ['"a""', "open"],
    ['"a"b', "broken"],
  ])("%j", (text, expected) => {
    expect(parseRecord(text, ",")).toEqual(expected);
  });
});

function read(text: string | Buffer): Item[] {
  const splitter = createLineSplitter(1 << 20);
  const reader = createCsvReader("the file");
  const lines = [...splitter.push(Buffer.from(text as string)), ...splitter.end()];
  return [...reader.read(lines), ...reader.end()];
}

function parsed(items: readonly Item[]): unknown[] {
  return items.map((item) => JSON.parse(String(item)));
}
