import { describe, expect, it } from "@jest/globals";
import { openEventGrid } from "../../../../emulators/azure/event-grid";
import { openIdentity } from "../../../../emulators/azure/identity";
import { opened } from "../opened";
import { rest } from "./clients";

const BATCH = "application/cloudevents-batch+json";
const event = (id: string, more: object = {}) => ({ specversion: "1.0", id, source: "sluice", type: "alarm", ...more });

async function topic() {
  const identity = await opened(openIdentity());
  const eventGrid = await opened(openEventGrid({ identity }));
  const url = eventGrid.createTopic("actions");
  const publish = (body: string | object, { type = BATCH, resource = "https://eventgrid.azure.net", to = url } = {}) =>
    rest(`${to}?api-version=2018-01-01`, {
      method: "POST",
      headers: { "content-type": type, authorization: `Bearer ${identity.token(resource)}` },
      body,
    });
  return { eventGrid, url, publish, ids: () => eventGrid.events("actions").map(({ id }) => id) };
}

it("a batch is taken in order, with whatever its events have, also twice", async () => {
  const { eventGrid, publish, ids } = await topic();

  const answers = [
    await publish([event("1", { data: { n: 1 }, subject: "a" }), event("2")], { type: `${BATCH}; charset=utf-8` }),
    await publish([event("2")]),
    await publish(event("3"), { type: "application/cloudevents+json" }),
  ];

  expect(answers.map(({ status, text }) => [status, text])).toEqual([
    [200, ""],
    [200, ""],
    [200, ""],
  ]);
  expect(ids()).toEqual(["1", "2", "2", "3"]);
  expect(eventGrid.events("actions")[0]).toEqual(event("1", { data: { n: 1 }, subject: "a" }));
});

describe("a request is refused as a whole", () => {
  it.each([
    ["an event without a source", [event("1"), { ...event("2"), source: "" }]],
    ["another version of the specification", [event("1"), event("2", { specversion: "0.3" })]],
    ["an event that is none", [event("1"), null]],
    ["no list", event("1")],
    ["no JSON", "[{"],
  ])("with %s", async (_, body) => {
    const { publish, ids } = await topic();

    const { status, json } = await publish(body);

    expect([status, json]).toEqual([400, { error: { code: "BadRequest", message: expect.any(String) } }]);
    expect(ids()).toEqual([]);
  });

  it("with another content type", async () => {
    const { publish } = await topic();

    expect((await publish([event("1")], { type: "application/json" })).status).toBe(400);
    expect((await publish([event("1")], { type: "application/cloudevents+json" })).status).toBe(400);
  });

  it("beyond 1 MB", async () => {
    const { publish } = await topic();
    const empty = JSON.stringify([event("1", { data: "" })]).length;

    const largest = await publish([event("1", { data: "x".repeat(1024 * 1024 - empty) })]);
    const larger = await publish([event("1", { data: "x".repeat(1024 * 1024 - empty + 1) })]);

    expect([largest.status, larger.status]).toEqual([200, 413]);
  });

  it("without a token for Event Grid, or to a topic that is not there", async () => {
    const { publish, url, eventGrid } = await topic();

    const answers = [
      await rest(url, { method: "POST", headers: { "content-type": BATCH }, body: [event("1")] }),
      await publish([event("1")], { resource: "https://storage.azure.com" }),
      await publish([event("1")], { to: `${eventGrid.endpoint}/other/api/events` }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 404]);
  });
});
