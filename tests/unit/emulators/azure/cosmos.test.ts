import { describe, expect, it } from "@jest/globals";
import { openCosmos } from "../../../../emulators/azure/cosmos";
import { manualClock } from "../../../support/manual-clock";
import { opened } from "../opened";
import { cosmosContainer, rest } from "./clients";

const create = (id: string, key = "a") => ({ operationType: "Create", resourceBody: { id, key } });
const ids = (documents: readonly object[]) => documents.map((document) => (document as { id: string }).id);

describe("a document", () => {
  it("has the system properties of the service, and none that a client makes up", async () => {
    const clock = manualClock();
    const { create, read } = await cosmosContainer({ clock });

    const made = await create({ id: "1", key: "a", n: 1, _ts: 5, _etag: "mine" });
    const found = await read("1", "a");

    expect([made.status, found.status]).toEqual([201, 200]);
    expect(found.json).toEqual({
      id: "1",
      key: "a",
      n: 1,
      _rid: expect.any(String),
      _self: expect.stringMatching(/^dbs\/.+\/colls\/.+\/docs\/.+\/$/),
      _etag: found.headers.get("etag"),
      _attachments: "attachments/",
      _ts: clock.now() / 1_000,
    });
    expect(made.json).toEqual(found.json);
  });

  it("is made once by create, and written again by upsert, under a new etag", async () => {
    const { create, upsert, documents } = await cosmosContainer();

    const answers = [
      await upsert({ id: "1", key: "a" }),
      await create({ id: "1", key: "a" }),
      await upsert({ id: "1", key: "a" }),
      await upsert({ id: "1", key: "b" }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([201, 409, 200, 201]);
    expect(answers[0]?.headers.get("etag")).not.toBe(answers[2]?.headers.get("etag"));
    expect(documents()).toHaveLength(2);
  });

  it("is deleted, and then is not there", async () => {
    const { create, call, read } = await cosmosContainer();
    await create({ id: "1", key: "a" });

    const answers = [
      await call("/1", "a", { method: "DELETE" }),
      await call("/1", "a", { method: "DELETE" }),
      await call("/1", "a", { method: "PUT", body: { id: "1", key: "a" } }),
      await read("1", "a"),
    ];

    expect(answers.map(({ status }) => status)).toEqual([204, 404, 404, 404]);
  });

  it.each([["a/b"], ["a\\b"], ["a?b"], ["a#b"], ["a "], [""], ["a".repeat(256)], [1]])(
    "cannot have the id %j",
    async (id) => {
      const { create } = await cosmosContainer();

      expect((await create({ id, key: "a" })).status).toBe(400);
    },
  );

  it.each([["a".repeat(255)], ["~ä%&+=:;,'\""], ["2026-01-01T00:00:00Z"]])("can have the id %s", async (id) => {
    const { create, read } = await cosmosContainer();

    expect([(await create({ id, key: "a" })).status, (await read(id, "a")).status]).toEqual([201, 200]);
  });

  it("has at most 2 MB", async () => {
    const { upsert } = await cosmosContainer();
    const empty = JSON.stringify({ id: "1", key: "a", text: "" }).length;

    const largest = await upsert({ id: "1", key: "a", text: "x".repeat(2 * 1024 * 1024 - empty) });
    const larger = await upsert({ id: "1", key: "a", text: "x".repeat(2 * 1024 * 1024 - empty + 1) });

    expect([largest.status, larger.status]).toEqual([201, 413]);
  });

  it("is in the partition of its key, wherever in the document that is", async () => {
    const { call, create, read } = await cosmosContainer({ settings: { partitionKey: "/at/key" } });

    const own = await call("", "a", { method: "POST", body: { id: "1", at: { key: "a" } } });
    const other = await call("", "b", { method: "POST", body: { id: "2", at: { key: "a" } } });
    const none = await call("", undefined, { method: "POST", body: { id: "2", at: { key: "a" } } });
    const undefinedKey = await create({ id: "3", key: {} });

    expect([own, other, none, undefinedKey].map(({ status }) => status)).toEqual([201, 400, 400, 201]);
    expect(other.headers.get("x-ms-substatus")).toBe("1001");
    expect([(await read("1", "a")).status, (await read("1", "b")).status]).toEqual([200, 404]);
  });

  it("is not sent back to who does not want it", async () => {
    const { upsert } = await cosmosContainer();

    const { status, text, headers } = await upsert({ id: "1", key: "a" }, { prefer: "return=minimal" });

    expect([status, text, headers.get("etag")]).toEqual([201, "", expect.any(String)]);
  });
});

describe("a condition", () => {
  it("lets a write through that knows the last state alone", async () => {
    const { create, upsert } = await cosmosContainer();
    const etag = (await create({ id: "1", key: "a" })).headers.get("etag")!;

    const answers = [
      await upsert({ id: "1", key: "a", n: 1 }, { "if-match": etag }),
      await upsert({ id: "1", key: "a", n: 2 }, { "if-match": etag }),
      await upsert({ id: "1", key: "a", n: 3 }, { "if-match": "*" }),
      await upsert({ id: "1", key: "a", n: 4 }, { "if-none-match": "*" }),
      await upsert({ id: "2", key: "a" }, { "if-none-match": "*" }),
      await upsert({ id: "3", key: "a" }, { "if-match": etag }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 412, 200, 412, 201, 201]);
  });

  it("of a read spares what is known", async () => {
    const { create, read } = await cosmosContainer();
    const etag = (await create({ id: "1", key: "a" })).headers.get("etag")!;

    const known = await read("1", "a", { "if-none-match": etag });
    const other = await read("1", "a", { "if-none-match": '"other"' });

    expect([known.status, known.text, other.status]).toEqual([304, "", 200]);
  });
});

describe("the time to live", () => {
  it("is the document's own, or that of the container", async () => {
    const clock = manualClock();
    const { create, documents, read } = await cosmosContainer({ clock, settings: { defaultTtl: 20 } });
    await create({ id: "short", key: "a", ttl: 10 });
    await create({ id: "default", key: "a" });
    await create({ id: "endless", key: "a", ttl: -1 });

    const seen = [ids(documents())];
    for (const ms of [10_000, 10_000]) {
      await clock.advance(ms);
      seen.push(ids(documents()));
    }

    expect(seen).toEqual([["short", "default", "endless"], ["default", "endless"], ["endless"]]);
    expect((await read("short", "a")).status).toBe(404);
    expect((await create({ id: "short", key: "a" })).status).toBe(201);
  });

  it("is nothing to a container that has none, and refused if it is no time", async () => {
    const clock = manualClock();
    const { create, documents } = await cosmosContainer({ clock });
    await create({ id: "1", key: "a", ttl: 1 });

    await clock.advance(60_000);

    expect(ids(documents())).toEqual(["1"]);
    for (const ttl of [0, 1.5, "1"]) expect((await create({ id: "2", key: "a", ttl })).status).toBe(400);
  });
});

describe("request units", () => {
  it("grow with the size, and are five times as many for a write", async () => {
    const { upsert, read, cosmos } = await cosmosContainer();
    const charge = ({ headers }: { headers: Headers }) => Number(headers.get("x-ms-request-charge"));

    const written = [
      await upsert({ id: "1", key: "a" }),
      await upsert({ id: "2", key: "a", text: "x".repeat(102_200) }),
    ];
    const found = [await read("1", "a"), await read("2", "a"), await read("3", "a")];

    expect(written.map(charge)).toEqual([5, expect.closeTo(50, 0)]);
    expect(found.map(charge)).toEqual([1, expect.closeTo(10, 0), 1]);
    expect(cosmos.charge).toBeCloseTo([...written, ...found].reduce((sum, answer) => sum + charge(answer), 0));
  });

  it("run out, and come back with time", async () => {
    const clock = manualClock();
    const { upsert } = await cosmosContainer({ throughput: 10, clock });

    const answers = [await upsert({ id: "1", key: "a" }), await upsert({ id: "2", key: "a" })];
    answers.push(await upsert({ id: "3", key: "a" }));
    const refused = answers[2];
    await clock.advance(Number(refused?.headers.get("x-ms-retry-after-ms")));
    answers.push(await upsert({ id: "3", key: "a" }));

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429, 201]);
    expect([refused?.headers.get("x-ms-substatus"), refused?.headers.get("x-ms-retry-after-ms")]).toEqual([
      "3200",
      "1",
    ]);
  });

  it("that are owed are waited for as long as it takes to have them again", async () => {
    const clock = manualClock();
    const { upsert, batch } = await cosmosContainer({ throughput: 10, clock });
    await batch(
      "a",
      Array.from({ length: 10 }, (_, n) => create(String(n))),
    );

    const refused = await upsert({ id: "x", key: "a" });

    expect([refused.status, refused.headers.get("x-ms-retry-after-ms")]).toEqual([429, "4001"]);
  });
});

describe("a token", () => {
  it("is asked for, and has to be for Cosmos DB", async () => {
    const { url, identity } = await cosmosContainer();
    const aad = (resource: string) => encodeURIComponent(`type=aad&ver=1.0&sig=${identity.token(resource)}`);
    const get = async (headers: Record<string, string>) => (await rest(url, { headers })).status;

    const found = [
      await get({}),
      await get({ authorization: encodeURIComponent("type=master&ver=1.0&sig=c2ln") }),
      await get({ authorization: `Bearer ${identity.token("https://cosmos.azure.com")}` }),
      await get({ authorization: aad("https://storage.azure.com") }),
      await get({ authorization: aad("https://cosmos.azure.com") }),
    ];

    expect(found).toEqual([401, 401, 401, 401, 200]);
  });

  it("is not asked for where there is no identity", async () => {
    const cosmos = await opened(openCosmos());

    expect((await rest(cosmos.createContainer("d/c"))).status).toBe(200);
  });
});

describe("what is not there", () => {
  it("is 404, and a range of partitions that is gone 410", async () => {
    const { cosmos, url, identity, call } = await cosmosContainer();
    const authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${identity.token("https://cosmos.azure.com")}`);
    const get = (path: string) => rest(path, { headers: { authorization } });

    const container = await get(`${cosmos.endpoint}/dbs/sluice/colls/other/docs/1`);
    const database = await get(`${cosmos.endpoint}/dbs/other`);
    const range = await call("", undefined, { headers: { "x-ms-documentdb-partitionkeyrangeid": "7" } });

    expect([container, database, range].map(({ status }) => status)).toEqual([404, 404, 410]);
    expect([container, range].map(({ headers }) => headers.get("x-ms-substatus"))).toEqual(["1003", "1002"]);
    expect((await get(`${url}/pkranges`)).json).toMatchObject({ PartitionKeyRanges: [{ id: "0" }] });
  });

  it.each([
    ["PATCH", "/1", {}],
    ["GET", "", { "a-im": "Incremental feed" }],
  ])("is said to be so: %s %s %j", async (method, path, headers) => {
    const { call } = await cosmosContainer();

    const { status } = await call(path, "a", { method, headers, ...(method === "PATCH" ? { body: {} } : {}) });

    expect(status).toBe(501);
  });
});
