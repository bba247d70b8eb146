import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../support/contract";
import { gcpFailure } from "../../../support/gcp-stub";
import { all } from "../../../support/records";
import { HOUR, MINUTE, takesAnyBounds } from "../suites/archived";
import { avro, BUCKET, objectName, type Published, read, readUntilError, withStub } from "./archive/open";

const message = (number: number, at = HOUR + number): Published => ({ id: `m${number}`, at, data: `event ${number}` });

describe("messages in Avro objects", () => {
  it("come back with id and time, as text where they are text", async () => {
    const bytes = Uint8Array.from([0xff, 0x00, 0xfe]);
    const messages = await read({
      [objectName()]: await avro([message(1, HOUR + 1.25), { id: "m2", at: HOUR + 2, data: bytes }]),
    });

    expect(messages).toEqual([
      { body: "event 1", partition: objectName(), offset: "m1", acceptedAt: HOUR + 1 },
      { body: Buffer.from(bytes), partition: objectName(), offset: "m2", acceptedAt: HOUR + 2 },
    ]);
  });

  it("are in the order of their publication within an object, whatever order they were written in", async () => {
    const messages = await read({
      [objectName("a")]: await avro([message(5), message(2), message(9)]),
      [objectName("b")]: await avro([message(1), message(0)]),
    });

    expect(messages.map(({ offset }) => offset)).toEqual(["m2", "m5", "m9", "m0", "m1"]);
    expect(new Set(messages.map(({ partition }) => partition))).toEqual(new Set([objectName("a"), objectName("b")]));
  });

  it("that were written twice into one object come once", async () => {
    const messages = await read({ [objectName()]: await avro([message(1), message(2), message(1)]) });

    expect(messages.map(({ offset }) => offset)).toEqual(["m1", "m2"]);
  });

  it("are read in pieces, each again where it fails", async () => {
    const body = await avro(Array.from({ length: 50_000 }, (_, i) => message(i)));
    let failed = false;
    const [count, ranges] = await withStub(
      ({ path, headers }) => {
        if (!path.includes("alt=media"))
          return { body: { items: [{ name: objectName(), size: String(body.length), generation: "7" }] } };
        expect(path).toContain("generation=7");
        const [, from = "", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(String(headers.range)) ?? [];
        if (Number(from) > 0 && !failed) {
          failed = true;
          return "reset";
        }
        return { status: 206, body: body.subarray(Number(from), Number(to) + 1) };
      },
      async (archive, requests) => [
        (await all(archive.read({}))).length,
        requests.map(({ headers }) => headers.range).filter(Boolean),
      ],
    );

    expect(count).toBe(50_000);
    expect(failed).toBe(true);
    expect(ranges[1]).toBe(ranges[2]);
  });
});

describe("a query of the archive", () => {
  it("takes from inclusive, to exclusive, over the bounds of objects and days", async () => {
    const objects: Record<string, Buffer> = {};
    for (const minute of [-50, 10, 59, 70])
      objects[objectName("a", minute)] = await avro([
        { id: `m${minute}`, at: HOUR + minute * MINUTE, data: String(minute) },
      ]);
    const found = async (from: number, to: number) =>
      (await read(objects, { from: HOUR + from * MINUTE, to: HOUR + to * MINUTE })).map(({ body }) => body);

    expect(await found(-50, 70)).toEqual(["-50", "10", "59"]);
    expect(await found(-49, 71)).toEqual(["10", "59", "70"]);
    expect(await found(1_000, 2_000)).toEqual([]);
  });

  it("finds what was written into an object long after it was opened, or long after it was published", async () => {
    const objects = {
      [objectName("full", 0)]: await avro([message(1, HOUR + 10 * MINUTE)]),
      [objectName("behind", 20 * 60)]: await avro([message(2, HOUR + 11 * MINUTE)]),
    };

    const messages = await read(objects, { from: HOUR + 10 * MINUTE, to: HOUR + 12 * MINUTE });

    expect(messages.map(({ offset }) => offset)).toEqual(["m1", "m2"]);
  });

  it("lists only the days that it can touch, and reads no object that it cannot", async () => {
    const requests = await withStub(
      ({ path }) => {
        if (path.includes("alt=media")) return gcpFailure("INTERNAL");
        const names = [objectName("before", -10), objectName("after", 26 * 60)];
        return { body: { items: names.map((name) => ({ name, size: "9", generation: "1" })) } };
      },
      async (archive, sent) => {
        const from = HOUR + 10 * MINUTE;
        expect(await all(archive.read({ from, to: from + MINUTE }))).toEqual([]);
        return sent.map(({ path }) => new URL(path, "http://storage").searchParams);
      },
    );

    expect(requests.map((query) => [query.get("prefix"), query.get("startOffset"), query.get("endOffset")])).toEqual([
      ["raw/", "raw/2026/01/31/", "raw/2026/02/02/"],
    ]);
  });

  takesAnyBounds(async (query) => read({ [objectName()]: await avro([message(1)]) }, query));

  it("goes through all pages of the listing, and over objects whose names tell no time", async () => {
    const body = await avro([message(1)]);
    const tokens: unknown[] = [];
    const messages = await withStub(
      ({ path }) => {
        const { searchParams } = new URL(path, "http://storage");
        if (searchParams.has("alt")) return { status: 206, body };
        tokens.push(searchParams.get("pageToken"));
        const items = [{ name: `raw/by-hand-${tokens.length}`, size: String(body.length), generation: "1" }];
        return { body: { items, ...(tokens.length < 3 ? { nextPageToken: `t${tokens.length}` } : {}) } };
      },
      (archive) => all(archive.read({ from: HOUR, to: HOUR + MINUTE })),
    );

    expect(tokens).toEqual([null, "t1", "t2"]);
    expect(messages.map(({ partition }) => partition)).toEqual([1, 2, 3].map((page) => `raw/by-hand-${page}`));
  });
});

describe("an object that is damaged", () => {
  const damages: [string, (body: Buffer) => Buffer, RegExp][] = [
    ["is no Avro file", () => Buffer.from("not at all"), /it is no Avro file/],
    ["ends too early", (body) => body.subarray(0, -40), /it ends too early/],
    [
      "has something else in it",
      (body) => Buffer.concat([body.subarray(0, -8), Buffer.alloc(8)]),
      /does not end where/,
    ],
    ["has no end to a number", (body) => Buffer.concat([body, Buffer.alloc(20, 0xff)]), /a number in it is too long/],
    [
      "has a block beyond any",
      (body) => Buffer.concat([body, Buffer.from("02feffffffff0f", "hex")]),
      /impossible length/,
    ],
  ];

  it.each(damages)("%s: what stands before is read, and the error names it", async (_, damage, text) => {
    const whole = await avro(
      Array.from({ length: 100 }, (_, i) => message(i)),
      { blockSize: 200 },
    );
    const [messages, error] = await readUntilError({
      [objectName("a")]: await avro([message(1)]),
      [objectName("b")]: damage(whole),
      [objectName("c")]: whole,
    });

    expect(error).toMatchObject({
      code: "encoding",
      stage: "archive",
      retryable: false,
      coordinates: { bucket: BUCKET, object: objectName("b") },
    });
    expect(String(error)).toMatch(text);
    expect(messages.length).toBeGreaterThanOrEqual(text.source.includes("no Avro") ? 1 : 90);
  });

  it("or without metadata, is named as well", async () => {
    const { streams, Type } = await import("avsc");
    const type = Type.forSchema({ type: "record", name: "M", fields: [{ name: "data", type: "bytes" }] });
    const encoder = new streams.BlockEncoder(type);
    encoder.write({ data: Buffer.from("x") });
    encoder.end();
    const [, error] = await readUntilError({ [objectName()]: Buffer.concat(await encoder.toArray()) });

    expect(String(error)).toContain("the subscription must write metadata");
  });
});

describe("a service that fails", () => {
  it("fails the read with an error that may pass, after some attempts", async () => {
    const [error, count] = await withStub(
      () => gcpFailure("UNAVAILABLE"),
      async (archive, requests) => [await errorOf(all(archive.read({}))), requests.length],
    );

    expect(error).toMatchObject({ code: "unavailable", stage: "archive", coordinates: { bucket: BUCKET } });
    expect(count).toBe(3);
  });

  it("gives nothing of an object that was replaced meanwhile", async () => {
    const error = await withStub(
      ({ path }) =>
        path.includes("alt=media")
          ? { status: 404, body: { error: { code: 404, message: "No such object", errors: [{ reason: "notFound" }] } } }
          : { body: { items: [{ name: objectName(), size: "100", generation: "7" }] } },
      (archive) => errorOf(all(archive.read({}))),
    );

    expect(error).toMatchObject({ code: "unavailable" });
  });
});
