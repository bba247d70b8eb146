import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { formatOf } from "../../../../cli/events/format";
import { openEvents } from "../../../../cli/events/open";
import type { EventBatch, EventSource } from "../../../../cli/events/source";
import { ConfigError } from "../../../../shared/errors";
import { scratch } from "../../../support/cli";

const directory = scratch();

describe("an events file", () => {
  it("gives its events in batches, in order, without blank lines", async () => {
    const source = await opened("plain.ndjson", '{"a":1}\n\n{"a":2}\n{"a":3}');

    const batches = await collect(source, { size: 2 });

    expect(batches.map(({ bodies }) => bodies)).toEqual([['{"a":1}', '{"a":2}'], ['{"a":3}']]);
    expect(source.blank()).toBe(1);
    expect(source.share()).toBe(1);
  });

  it("passes on what is not JSON or not UTF-8 as it is", async () => {
    const source = await opened("broken.ndjson", Buffer.concat([Buffer.from("{oops\n"), Buffer.from([0xff, 0x0a])]));

    const [batch] = await collect(source);

    expect(batch?.bodies).toEqual(["{oops", Buffer.from([0xff])]);
  });

  it("sets events aside that are too long, with their number", async () => {
    const source = await opened("long.ndjson", `1\n${"x".repeat(100)}\n3\n`);

    const [batch] = await collect(source, { maxBytes: 50 });

    expect(batch?.bodies).toEqual(["1", "3"]);
    expect(batch?.long).toEqual([{ head: Buffer.alloc(100, "x"), bytes: 100, index: 1 }]);
  });

  it("sets a CSV row aside that only its column names make too long", async () => {
    const source = await opened("long.csv", `${"name".repeat(20)},b\n1,2\n`);

    const [batch] = await collect(source, { maxBytes: 85 });

    expect(batch?.long).toMatchObject([{ index: 0 }]);
  });

  it("skips a byte order mark", async () => {
    const source = await opened("bom.csv", "\ufeffa,b\n1,2\n");

    const [batch] = await collect(source);

    expect(batch?.bodies).toEqual(['{"a":1,"b":2}']);
  });

  it("has the same identity until its content changes", async () => {
    const first = await opened("same.ndjson", "1\n2\n");
    const again = await opened("same.ndjson", "1\n2\n");
    const changed = await opened("same.ndjson", "1\n3\n");

    expect(again.identity).toBe(first.identity);
    expect(changed.identity).not.toBe(first.identity);
  });

  it("may be empty", async () => {
    const source = await opened("empty.ndjson", "");

    expect(await collect(source)).toEqual([]);
  });

  it.each([
    ["array.json", '[{"a":1},\n{"a":2}]', "jq -c"],
    ["events.gz", Buffer.from([0x1f, 0x8b, 8, 0]), "gunzip"],
    ["events.zst", Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), "zstd"],
    ["events.zip", Buffer.from("PK\u0003\u0004"), "unzip"],
    ["utf16.csv", Buffer.from("\ufeffa,b\n1,2\n", "utf16le"), "iconv"],
  ])("is refused as %s, with the command that helps", async (name, content, command) => {
    const opening = opened(name, content);

    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(command);
  });

  it("is refused if it is missing or a directory", async () => {
    mkdirSync(path.join(directory, "folder"));

    await expect(openEvents({ file: path.join(directory, "none"), format: "auto" })).rejects.toThrow("no such file");
    await expect(openEvents({ file: path.join(directory, "folder"), format: "auto" })).rejects.toThrow("a directory");
  });
});

describe("the format", () => {
  it.each([
    ["a.csv", "anything", "csv"],
    ["a.ndjson", "a,b", "ndjson"],
    ["a.jsonl", "a,b", "ndjson"],
    ["a.txt", '"date","Temperature"', "csv"],
    ["a.txt", "date,Temperature", "csv"],
    ["-", '{"a":1,"b":2}', "ndjson"],
    ["-", "\n  [1,2]", "ndjson"],
    ["-", '"a string, with a comma"', "ndjson"],
    ["-", "word", "ndjson"],
    ["-", "", "ndjson"],
  ])("of %s that starts with %j is %s", (file, start, expected) => {
    expect(formatOf(Buffer.from(start), file)).toBe(expected);
  });
});

function opened(name: string, content: string | Buffer): Promise<EventSource> {
  const file = path.join(directory, name);
  writeFileSync(file, content);
  return openEvents({ file, format: "auto" });
}

async function collect(source: EventSource, { size = 100, maxBytes = 1 << 20 } = {}): Promise<EventBatch[]> {
  const batches: EventBatch[] = [];
  for await (const batch of source.batches({ size, maxBytes, route: () => "" })) batches.push(batch);
  return batches;
}
