import { CosmosClient } from "@azure/cosmos";
import { expect, it } from "@jest/globals";
import { openCosmos } from "../../../../emulators/azure/cosmos";
import { openIdentity } from "../../../../emulators/azure/identity";
import { opened } from "../opened";

/** The official client, unchanged, with a token of Microsoft Entra's kind. */
async function sdk({ throughput }: { throughput?: number } = {}) {
  const identity = await opened(openIdentity());
  const cosmos = await opened(openCosmos({ identity, throughput }));
  cosmos.createContainer("sluice/predictions");
  const client = new CosmosClient({
    endpoint: cosmos.endpoint,
    // What `aadCredentials` would send, which the client refuses to do without TLS.
    tokenProvider: async () => `type=aad&ver=1.0&sig=${identity.token("https://cosmos.azure.com")}`,
    connectionPolicy: { enableEndpointDiscovery: false },
  });
  const container = client.database("sluice").container("predictions");
  return { cosmos, client, container, ids: () => cosmos.documents("sluice/predictions").map(({ id }) => id) };
}

it("creates, reads, replaces and deletes a document, on the conditions that it is given", async () => {
  const { container, ids } = await sdk();

  const created = await container.items.create({ id: "1", key: "a", n: 1 });
  const twice = container.items.create({ id: "1", key: "a" });
  await expect(twice).rejects.toMatchObject({ code: 409 });
  const read = await container.item("1", "a").read();
  const condition = { accessCondition: { type: "IfMatch", condition: created.etag } };
  const replaced = await container.item("1", "a").replace({ id: "1", key: "a", n: 2 }, condition);
  const lost = container.item("1", "a").replace({ id: "1", key: "a", n: 3 }, condition);
  await expect(lost).rejects.toMatchObject({ code: 412 });
  await container.item("1", "a").delete();

  expect([created.statusCode, replaced.statusCode]).toEqual([201, 200]);
  expect(read.resource).toMatchObject({ id: "1", key: "a", n: 1, _etag: created.etag, _ts: expect.any(Number) });
  expect(created.requestCharge).toBeGreaterThan(read.requestCharge);
  expect((await container.item("1", "a").read()).statusCode).toBe(404);
  expect(ids()).toEqual([]);
});

it("reads the resources around a document, and may not make them", async () => {
  const { client, container } = await sdk();

  const { resource: definition } = await container.read();
  const { resource: database } = await client.database("sluice").read();
  const { resource: account } = await client.getDatabaseAccount();

  expect(definition?.partitionKey?.paths).toEqual(["/key"]);
  expect(database?.id).toBe("sluice");
  expect(account?.consistencyPolicy).toBe("Session");
  await expect(client.databases.create({ id: "other" })).rejects.toMatchObject({ code: 403 });
});

it("does a transactional batch as a whole, or not at all", async () => {
  const { container, ids } = await sdk();
  const upsert = (id: string) => ({ operationType: "Upsert" as const, resourceBody: { id, key: "a" } });
  const create = (id: string) => ({ operationType: "Create" as const, resourceBody: { id, key: "a" } });

  const done = await container.items.batch([upsert("1"), upsert("2")], "a");
  const failed = await container.items.batch([upsert("3"), create("1"), upsert("4")], "a");

  expect([done.code, done.result?.map(({ statusCode }) => statusCode)]).toEqual([200, [201, 201]]);
  expect([failed.code, failed.result?.map(({ statusCode }) => statusCode)]).toEqual([207, [424, 409, 424]]);
  expect(ids()).toEqual(["1", "2"]);
});

it("queries one partition, or all of them, page by page", async () => {
  const { container } = await sdk();
  for (const [key, n] of [
    ["a", 1],
    ["b", 2],
    ["a", 3],
    ["b", 4],
  ] as const)
    await container.items.upsert({ id: `${key}${n}`, key, n });
  const query = { query: "SELECT * FROM c WHERE c.n > @n ORDER BY c.n DESC", parameters: [{ name: "@n", value: 1 }] };
  const idsOf = (documents: { id: string }[]) => documents.map(({ id }) => id);

  const own = await container.items.query(query, { partitionKey: "a" }).fetchAll();
  const all = await container.items.query(query).fetchAll();
  const paged = container.items.query(query, { maxItemCount: 2 });
  const first = await paged.fetchNext();
  const second = await paged.fetchNext();
  const count = await container.items.query("SELECT VALUE COUNT(1) FROM c").fetchAll();
  const feed = await container.items.readAll().fetchAll();

  expect(idsOf(own.resources)).toEqual(["a3"]);
  expect(idsOf(all.resources)).toEqual(["b4", "a3", "b2"]);
  expect([idsOf(first.resources), idsOf(second.resources)]).toEqual([["b4", "a3"], ["b2"]]);
  expect(count.resources).toEqual([4]);
  expect(feed.resources).toHaveLength(4);
});

it("does many operations in bulk, of which each fails alone", async () => {
  const { container, ids } = await sdk();
  await container.items.create({ id: "2", key: "b" });
  const create = (id: string, key: string) => ({
    operationType: "Create" as const,
    partitionKey: key,
    resourceBody: { id, key },
  });

  const results = await container.items.executeBulkOperations([create("1", "a"), create("2", "b"), create("3", "c")]);

  expect(results.map(({ response, error }) => response?.statusCode ?? error?.code)).toEqual([201, 409, 201]);
  expect(ids().sort()).toEqual(["1", "2", "3"]);
});

it("waits as long as it is told when the request units are used up", async () => {
  const { container, cosmos, ids } = await sdk({ throughput: 100 });

  await Promise.all(Array.from({ length: 30 }, (_, n) => container.items.upsert({ id: String(n), key: String(n) })));

  expect(ids()).toHaveLength(30);
  // The rest are those that were throttled, and the reads with which the client begins.
  expect(cosmos.requests).toBeGreaterThan(31);
});
