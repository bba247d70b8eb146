import { describe, expect, it } from "@jest/globals";
import { storageFailure } from "../../../support/azure-stub";
import { HOUR, MINUTE, takesAnyBounds } from "../suites/archived";
import { bodiesOf, captured, capturedName, message, messages, read, write } from "./archive/open";
import { withBlobs } from "./blob/service";

const at = (minute: number) => HOUR + minute * MINUTE;
const events = (first: number, last: number) => messages(first, last).map(({ body }) => body);

describe("what the function archived", () => {
  it("comes back with partition, offset and time", () =>
    withBlobs(async (service) => {
      await write(service, [[message(1)]], "0");
      await write(service, [[message(7)]], "12");

      expect((await read(service))[0]).toEqual([
        { body: "event 1", partition: "0", offset: "100", acceptedAt: at(1) },
        { body: "event 7", partition: "12", offset: "700", acceptedAt: at(7) },
      ]);
    }));

  it("is in order over hours and days, and each message comes once although batches came again, cut otherwise", async () => {
    const batches = [
      messages(0, 99),
      messages(50, 149),
      messages(120, 130),
      messages(150, 151),
      messages(3_000, 3_001),
    ];

    expect(await bodiesOf(batches)).toEqual([...events(0, 151), ...events(3_000, 3_001)]);
  });

  it("is selected by time: from inclusive, to exclusive, over the bounds of blobs, hours and days", async () => {
    const batches = [messages(0, 40), messages(41, 70), messages(71, 200), messages(201, 3_000)];

    for (const [from, to] of [
      [0, 3_001],
      [40, 41],
      [41, 71],
      [65, 130],
      [200, 202],
      [1_500, 2_999],
      [5_000, 6_000],
    ] as const)
      expect(await bodiesOf(batches, { from: at(from), to: at(to) })).toEqual(
        events(from, Math.max(from - 1, Math.min(to - 1, 3_000))).filter((_, i) => from + i <= 3_000),
      );
  });

  takesAnyBounds((query) => bodiesOf([messages(1, 1)], query));

  it("is not read where it is over, and not listed on days that it cannot be of", () =>
    withBlobs(async (service) => {
      await write(service, [messages(0, 9), messages(70, 79), messages(200, 209)]);
      await write(service, [messages(5 * 1_440, 5 * 1_440 + 5), messages(9 * 1_440, 9 * 1_440 + 5)]);
      const before = service.requests.length;

      const [found] = await read(service, { from: at(200), to: at(210) });

      const made = service.requests.slice(before).map(({ path }) => new URL(path, "http://storage"));
      expect(found).toHaveLength(10);
      // The second one may end after the beginning of the third one: their hours say no more.
      expect(made.filter(({ search }) => search === "")).toHaveLength(2);
      const days = made
        .map(({ searchParams }) => searchParams.get("prefix"))
        .filter((prefix) => prefix?.match(/\/\d{4}\/\d\d\/\d\d\/$/));
      expect(days).toEqual(["raw/0/2026/01/31/", "raw/0/2026/02/01/"]);
    }));

  it("of a message that took days to be followed is found, although its folder is older", async () => {
    const late = [message(0), message(4 * 1_440)];

    expect(await bodiesOf([late], { from: at(3 * 1_440), to: at(5 * 1_440) })).toEqual([`event ${4 * 1_440}`]);
  });

  it("is all that is read of the container", () =>
    withBlobs(async (service) => {
      for (const name of ["readme.txt", "raw/readme.txt", "raw/0/x.ndjson", "raw/0/2026/01/31/23/notes.txt"])
        service.put(name, "hello");
      await write(service, [messages(1, 2)]);

      expect((await read(service))[0].map(({ body }) => body)).toEqual(events(1, 2));
    }));
});

describe("what Event Hubs captured", () => {
  it.each(["null", "deflate"])("comes back, compressed by %s", (codec) =>
    withBlobs(async (service) => {
      const bytes = Uint8Array.from([0xff, 0x00]);
      service.put(
        capturedName(0),
        await captured([...messages(1, 500), message(501, bytes)], { codec, blockSize: 999 }),
      );
      service.put(capturedName(5, "3"), await captured(messages(7, 8)));

      const [found, error] = await read(service);

      expect(error).toBeUndefined();
      expect(found.slice(0, 2)).toEqual([
        { body: "event 1", partition: "0", offset: "100", acceptedAt: at(1) },
        { body: "event 2", partition: "0", offset: "200", acceptedAt: at(2) },
      ]);
      expect(found.map(({ body }) => body)).toEqual([...events(1, 500), Buffer.from(bytes), ...events(7, 8)]);
    }),
  );

  it("is read together with what the function wrote, each message once", () =>
    withBlobs(async (service) => {
      await write(service, [messages(0, 9), messages(8, 19)]);
      service.put(capturedName(0), await captured(messages(5, 14)));
      service.put(capturedName(15), await captured(messages(15, 24)));
      service.put(capturedName(30), "");

      expect((await read(service))[0].map(({ body }) => body)).toEqual(events(0, 24));
    }));

  it("is not read where it cannot be of the time, also if capture was behind", () =>
    withBlobs(async (service) => {
      service.put(capturedName(0), await captured(messages(0, 1)));
      service.put(capturedName(20 * 60), await captured(messages(300, 301)));
      service.put(capturedName(3 * 1_440), "not to be read");

      const [found, error] = await read(service, { from: at(200), to: at(400) });

      expect(error).toBeUndefined();
      expect(found.map(({ body }) => body)).toEqual(events(300, 301));
      const files = service.requests.filter(({ path }) => path.endsWith(".avro"));
      expect(files).toHaveLength(1);
    }));

  it("of several hubs is a mistake: their partitions have the same names", () =>
    withBlobs(async (service) => {
      service.put(capturedName(0, "0", "ns/orders"), await captured(messages(0, 1)));
      service.put(capturedName(0, "0", "ns/payments"), await captured(messages(0, 1)));

      const [, error] = await read(service);

      expect(String(error)).toContain("Capture each hub into a container of its own.");
    }));
});

describe("a blob that is damaged", () => {
  const name = "raw/0/2026/01/31/23/00000000000000000005-00000000000000000009.ndjson";

  it.each([
    ["is cut off", '{"sequence":5,"offset":"500","time":1,"body":"a"}\n{"sequence":6,"off', /its line 2 is no message/],
    ["has something else in it", '{"sequence":5,"offset":"500","time":1,"body":"a"}\n[]\n', /its line 2 is no message/],
    [
      "has no base64",
      '{"sequence":5,"offset":"500","time":1,"body":"a"}\n{"sequence":6,"offset":"1","time":1,"base64":"%"}',
      /line 2/,
    ],
  ])("%s: what stands before is read, and the error names it", (_, text, why) =>
    withBlobs(async (service) => {
      await write(service, [messages(1, 4)]);
      service.put(name, text);

      const [found, error] = await read(service);

      expect(found.map(({ body }) => body)).toEqual([...events(1, 4), "a"]);
      expect(error).toMatchObject({
        ...{ code: "encoding", stage: "archive", retryable: false },
        coordinates: { container: service.container, object: name },
      });
      expect(String(error)).toMatch(why);
    }),
  );

  it("or no file of captured messages, is named as well", () =>
    withBlobs(async (service) => {
      const file = await captured(messages(1, 500), { blockSize: 999 });
      service.put(capturedName(0), file.subarray(0, -40));

      const [found, error] = await read(service);

      expect(found.length).toBeGreaterThan(450);
      expect(error).toMatchObject({ code: "encoding", coordinates: { object: capturedName(0) } });
      expect(String(error)).toContain("it ends too early");
    }));

  it("or without a time that can be read, too", () =>
    withBlobs(async (service) => {
      service.put(capturedName(0), await captured([{ ...message(1), time: Number.NaN }]));

      expect(String((await read(service))[1])).toContain("without the number, offset or time");
    }));
});

describe("a container that fails", () => {
  it("fails the read with an error that may pass", () =>
    withBlobs(async (service) => {
      await write(service, [messages(1, 2)]);
      service.faults.set(({ path }) => (path.endsWith(".ndjson") ? storageFailure(500, "InternalError") : undefined));

      const [found, error] = await read(service);

      expect(found).toEqual([]);
      const { container } = service;
      expect(error).toMatchObject({ code: "unavailable", stage: "archive", coordinates: { container } });
    }));
});
