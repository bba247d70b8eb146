import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { type AzureEmulators, openAzureEmulators } from "../../../../emulators/azure";
import { failing } from "../../../../emulators/azure/faults";
import { listen } from "../../../../emulators/listen";
import { rest } from "./clients";

let azure: AzureEmulators;
let model: Awaited<ReturnType<typeof listen>>;

beforeAll(async () => {
  model = await listen((_, response) => void response.end("predictions"));
  azure = await openAzureEmulators({ endpoints: { fraud: model.endpoint } });
});

beforeEach(() => {
  for (const service of Object.values(azure.faults)) service.set(undefined);
});

afterAll(async () => {
  await azure.close();
  await model.close();
});

/** As a function gets its tokens. */
async function tokenFor(resource: string): Promise<string> {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = azure.environment;
  const { json } = await rest(`${IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=${resource}`, {
    headers: { "x-identity-header": IDENTITY_HEADER },
  });
  return (json as { access_token: string }).access_token;
}

const bearer = async (resource: string) => ({
  authorization: `Bearer ${await tokenFor(resource)}`,
  "x-ms-version": "2021-12-02",
});

it("what was provisioned is there under the URLs that it was given, for who has a token", async () => {
  const urls = await azure.provision({
    hub: "events",
    partitions: 2,
    consumerGroup: "sluice",
    container: "sluice/predictions",
    deadLetters: "letters",
    archive: "archive",
    results: "results",
    queue: "notices",
    topic: "actions",
  });
  const storage = await bearer("https://storage.azure.com/");
  const cosmos = `type=aad&ver=1.0&sig=${await tokenFor("https://cosmos.azure.com")}`;

  const found = await Promise.all([
    rest(urls.container, { headers: { authorization: encodeURIComponent(cosmos) } }),
    rest(`${urls.deadLetters}?restype=container`, { headers: storage }),
    rest(`${urls.archive}?restype=container`, { headers: storage }),
    rest(`${urls.results}?restype=container`, { headers: storage }),
    rest(`${urls.queue}?comp=metadata`, { headers: storage }),
    rest(urls.topic, {
      method: "POST",
      body: [],
      headers: {
        ...(await bearer("https://eventgrid.azure.net")),
        "content-type": "application/cloudevents-batch+json",
      },
    }),
    rest(`${azure.endpoints.azureMl}/fraud/score`, {
      method: "POST",
      body: "{}",
      headers: await bearer("https://ml.azure.com"),
    }),
  ]);

  expect(found.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 200]);
  expect(urls.hub).toBe(`sb://${azure.endpoints.eventHubs}/events`);
  expect(azure.services.eventHubs.hub("events").partitionIds).toEqual(["0", "1"]);
  expect(azure.services.eventHubs.hub("events").consumerGroups).toContain("sluice");
});

it("what was left out is not made, and has no URL", async () => {
  const urls = await azure.provision({ topic: "alone" });

  expect(urls).toEqual({
    hub: "",
    container: "",
    deadLetters: "",
    archive: "",
    results: "",
    queue: "",
    topic: `${azure.endpoints.eventGrid}/alone/api/events`,
  });
});

it("each service is behind a proxy of its own", async () => {
  azure.faults.blob.set(failing("throttled"));
  azure.faults.eventGrid.set(() => ({ kind: "reset" }));

  const blob = await rest(azure.endpoints.blob);
  const queue = await rest(azure.endpoints.queue);
  const cosmos = await rest(azure.endpoints.cosmos);

  expect([blob, queue, cosmos].map(({ status }) => status)).toEqual([503, 401, 401]);
  await expect(fetch(azure.endpoints.eventGrid)).rejects.toThrow("fetch failed");
});

it("tokens come through a proxy too, and end when they are revoked", async () => {
  const url = `${azure.endpoints.blob}?comp=list`;
  const old = await bearer("https://storage.azure.com/");
  azure.faults.identity.set(failing("throttled"));
  const throttled = await rest(azure.endpoints.identity);
  azure.faults.identity.set(undefined);

  azure.services.identity.revoke();

  expect([throttled.status, (await rest(url, { headers: old })).status]).toEqual([429, 401]);
  expect((await rest(url, { headers: await bearer("https://storage.azure.com/") })).status).toBe(200);
});
