import { describe, expect, it } from "@jest/globals";
import { cosmosContainer } from "./clients";

const create = (id: string, key = "a") => ({ operationType: "Create", resourceBody: { id, key } });
const statuses = (json: unknown) => (json as { statusCode: number }[]).map(({ statusCode }) => statusCode);
const ids = (documents: readonly object[]) => documents.map((document) => (document as { id: string }).id);

describe("a transactional batch", () => {
  it("changes nothing if one operation fails, whatever the others were", async () => {
    const { batch, create: one, documents } = await cosmosContainer();
    await one({ id: "1", key: "a", n: 1 });
    await one({ id: "2", key: "a", n: 1 });
    const before = documents();

    const { status, json } = await batch("a", [
      { operationType: "Upsert", resourceBody: { id: "1", key: "a", n: 2 } },
      { operationType: "Delete", id: "2" },
      create("3"),
      { operationType: "Replace", id: "4", resourceBody: { id: "4", key: "a" } },
      { operationType: "Read", id: "1" },
    ]);

    expect([status, statuses(json)]).toEqual([207, [424, 424, 424, 404, 424]]);
    expect(ids(documents()).sort()).toEqual(["1", "2"]);
    expect(documents()).toEqual(expect.arrayContaining([...before]));
  });

  it("does all kinds of operations in order, and says what each gave", async () => {
    const { batch } = await cosmosContainer();

    const { status, json } = await batch("a", [
      create("1"),
      { operationType: "Replace", id: "1", resourceBody: { id: "1", key: "a", n: 2 } },
      { operationType: "Read", id: "1" },
      { operationType: "Delete", id: "1" },
    ]);

    expect([status, statuses(json)]).toEqual([200, [201, 200, 200, 204]]);
    expect(json).toMatchObject([{ eTag: expect.any(String), requestCharge: 5 }, {}, { resourceBody: { n: 2 } }, {}]);
  });

  it("heeds the etag of an operation, and the partition of the whole", async () => {
    const { batch } = await cosmosContainer();
    await batch("a", [create("1")]);
    const replace = { operationType: "Replace", id: "1", resourceBody: { id: "1", key: "a" } };

    const stale = await batch("a", [{ ...replace, ifMatch: '"old"' }]);
    const elsewhere = await batch("a", [create("2"), create("3", "b")]);

    expect([statuses(stale.json), statuses(elsewhere.json)]).toEqual([[412], [424, 400]]);
  });

  it("has 1 to 100 operations and at most 2 MB", async () => {
    const { batch, documents } = await cosmosContainer();
    const many = (count: number) => Array.from({ length: count }, (_, n) => create(String(n)));
    const large = Array.from({ length: 3 }, (_, n) => ({
      operationType: "Create",
      resourceBody: { id: `large-${n}`, key: "a", text: "x".repeat(700 * 1024) },
    }));

    const answers = [
      await batch("a", []),
      await batch("a", many(101)),
      await batch("a", large),
      await batch("a", many(100)),
    ];

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 413, 200]);
    expect(documents()).toHaveLength(100);
  });
});

describe("a bulk", () => {
  const bulk = { "x-ms-cosmos-batch-atomic": "False" };
  const of = (key: string, ...names: string[]) =>
    names.map((id) => ({ ...create(id, key), partitionKey: JSON.stringify([key]) }));

  it("goes on after a failure if it is to, and stops otherwise", async () => {
    const { batch, documents } = await cosmosContainer();
    await batch("a", [create("2")]);
    const operations = [...of("a", "1", "2"), ...of("b", "3")];

    const stopped = await batch(undefined, operations, bulk);
    const whole = await batch(undefined, operations, { ...bulk, "x-ms-cosmos-batch-continue-on-error": "True" });

    expect([stopped.status, statuses(stopped.json)]).toEqual([207, [201, 409, 424]]);
    expect([whole.status, statuses(whole.json)]).toEqual([207, [409, 409, 201]]);
    expect(ids(documents()).sort()).toEqual(["1", "2", "3"]);
  });
});

describe("a query", () => {
  const query = (text: string, parameters: object[] = []) => ({
    method: "POST",
    body: { query: text, parameters },
    headers: { "content-type": "application/query+json", "x-ms-documentdb-isquery": "True" },
  });

  it("is of one partition, or says that it is of all", async () => {
    const { call, create } = await cosmosContainer();
    await create({ id: "1", key: "a" });
    await create({ id: "2", key: "b" });
    const all = query("SELECT VALUE c.id FROM c");

    const own = await call("", "b", all);
    const undecided = await call("", undefined, all);
    const everywhere = { ...all.headers, "x-ms-documentdb-query-enablecrosspartition": "true" };
    const both = await call("", undefined, { ...all, headers: everywhere });

    expect(own.json).toMatchObject({ Documents: ["2"], _count: 1 });
    expect([undecided.status, undecided.text]).toEqual([400, expect.stringContaining("enablecrosspartition")]);
    expect(both.json).toMatchObject({ Documents: ["1", "2"], _count: 2 });
  });

  it("goes on where its last page stopped", async () => {
    const { call, create } = await cosmosContainer();
    for (const n of [1, 2, 3, 4, 5]) await create({ id: String(n), key: "a", n });
    const request = query("SELECT VALUE c.n FROM c WHERE c.n > @n", [{ name: "@n", value: 1 }]);
    const pages: unknown[] = [];

    let continuation: string | null = null;
    do {
      const headers: Record<string, string> = { ...request.headers, "x-ms-max-item-count": "3" };
      if (continuation !== null) headers["x-ms-continuation"] = continuation;
      const page = await call("", "a", { ...request, headers });
      pages.push((page.json as { Documents: unknown }).Documents);
      continuation = page.headers.get("x-ms-continuation");
    } while (continuation !== null);

    expect(pages).toEqual([[2, 3, 4], [5]]);
  });

  it.each(["SELEKT * FROM c", "SELECT * FROM c WHERE"])("refuses %s", async (text) => {
    const { call } = await cosmosContainer();

    const { status, json } = await call("", "a", query(text));

    expect([status, json]).toMatchObject([400, { code: "BadRequest" }]);
  });
});
