import { afterEach, describe, expect, it } from "@jest/globals";
import { encodeRequest, REQUEST_TYPE, RESPONSE_TYPE } from "../../../../adapters/endpoint";
import { openVertex, type VertexOptions } from "../../../../emulators/gcp/vertex";
import { type Handler, listen, readBody } from "../../../../emulators/listen";
import { manualClock } from "../../../support/manual-clock";
import { cleanUp, serving } from "../../functions/model-server/support";
import { opened } from "../opened";
import { until } from "../until";

interface Seen {
  path: string;
  type: string | undefined;
  body: Buffer;
}

/** The emulator in front of a model server that does as the test says. */
async function vertex(answer: Handler, options: Partial<VertexOptions> = {}) {
  const seen: Seen[] = [];
  const server = await opened(
    listen(async (request, response) => {
      const body = (await readBody(request)) ?? Buffer.alloc(0);
      seen.push({ path: request.url ?? "", type: request.headers["content-type"], body });
      await answer(request, response);
    }),
  );
  const emulator = await opened(openVertex({ endpoints: { fraud: server.endpoint }, ...options }));
  const call = (verb: string, body: string | Uint8Array, { endpoint = "fraud", headers = {} } = {}) =>
    fetch(`${emulator.endpoint}/v1/projects/p/locations/r/endpoints/${endpoint}:${verb}`, {
      method: "POST",
      body: new Uint8Array(Buffer.from(body)),
      headers,
    });
  return { seen, call };
}

afterEach(cleanUp);

const predicting =
  (...predictions: unknown[]): Handler =>
  (_, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ predictions }));
  };
const instances = (...all: unknown[]) => JSON.stringify({ instances: all });

describe("predict", () => {
  it("passes instances on, and says which model has answered", async () => {
    const { seen, call } = await vertex(predicting(0.1, 0.9));

    const answer = await call("predict", instances([1], [2]));

    expect(seen).toMatchObject([
      { path: "/predict", type: "application/json", body: Buffer.from(instances([1], [2])) },
    ]);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        predictions: [0.1, 0.9],
        deployedModelId: expect.any(String),
        model: expect.stringMatching(/^projects\/p\/locations\/r\/models\/\d+$/),
        modelDisplayName: "fraud",
        modelVersionId: "1",
      },
    ]);
  });

  it("needs as many predictions as there were instances", async () => {
    const { call } = await vertex(predicting(1));

    expect((await call("predict", instances(1, 2))).status).toBe(500);
  });

  it.each(["no json", "{}", instances()])("refuses %s", async (body) => {
    const { call, seen } = await vertex(predicting());

    const answer = await call("predict", body);

    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { status: "INVALID_ARGUMENT" } }]);
    expect(seen).toEqual([]);
  });

  it.each([
    [400, "INVALID_ARGUMENT"],
    [429, "RESOURCE_EXHAUSTED"],
    [500, "INTERNAL"],
    [503, "UNAVAILABLE"],
  ])("hands on what the model server refuses with %i", async (status, name) => {
    const { call } = await vertex((_, response) => void response.writeHead(status).end("its words"));

    const answer = await call("predict", instances(1));

    expect([answer.status, await answer.json()]).toEqual([
      status,
      { error: { code: status, message: "its words", status: name } },
    ]);
  });
});

describe("rawPredict", () => {
  it("passes any body and type through, both ways, and names the endpoint and the model", async () => {
    const { seen, call } = await vertex(
      (_, response) => void response.setHeader("content-type", "text/z").end("\0out"),
    );
    const body = Uint8Array.of(0, 255, 10, 13);

    const answer = await call("rawPredict", body, { headers: { "content-type": "text/x" } });

    expect(seen).toMatchObject([{ path: "/predict", type: "text/x", body: Buffer.from(body) }]);
    expect([answer.headers.get("content-type"), await answer.text()]).toEqual(["text/z", "\0out"]);
    expect(answer.headers.get("x-vertex-ai-endpoint-id")).toBe("fraud");
    expect(answer.headers.get("x-vertex-ai-deployed-model-id")).toMatch(/^\d+$/);
  });

  it("hands on the model server's own error as it is", async () => {
    const { call } = await vertex((_, response) => void response.writeHead(422).end("no"));

    const answer = await call("rawPredict", "x");

    expect([answer.status, await answer.text()]).toEqual([422, "no"]);
  });

  it("says that a model server that breaks off is not available", async () => {
    const { call } = await vertex((request) => void request.socket.destroy());

    expect((await call("rawPredict", "x")).status).toBe(503);
  });
});

describe("an endpoint", () => {
  it.each([
    [false, 1_500_000],
    [true, 10_000_000],
  ])("that is dedicated: %s, takes %i bytes and not one more", async (dedicated, limit) => {
    const { call, seen } = await vertex((_, response) => void response.end(), { dedicated });

    const largest = await call("rawPredict", new Uint8Array(limit));
    const larger = await call("rawPredict", new Uint8Array(limit + 1));

    expect([largest.status, seen.length]).toEqual([200, 1]);
    expect([larger.status, await larger.json()]).toMatchObject([400, { error: { status: "FAILED_PRECONDITION" } }]);
  });

  it.each([
    [false, 60_000],
    [true, 600_000],
  ])("that is dedicated: %s, waits %i ms", async (dedicated, limit) => {
    const clock = manualClock({ auto: false });
    const { call } = await vertex(() => {}, { dedicated, clock });
    let status: number | undefined;

    const answered = call("rawPredict", "x").then((answer) => {
      status = answer.status;
    });
    await until(() => clock.sleepers() > 0);
    await clock.advance(limit - 1);
    const before = status;
    await clock.advance(1);
    await answered;

    expect([before, status]).toEqual([undefined, 504]);
  });

  it.each(["constructor", "other"])("of the name %s that nobody has named is 404", async (endpoint) => {
    const { call } = await vertex(predicting());

    const answer = await call("predict", instances(1), { endpoint });

    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { status: "NOT_FOUND" } }]);
  });

  it("has no other methods", async () => {
    const { call } = await vertex(predicting());

    expect((await call("explain", instances(1))).status).toBe(404);
  });
});

describe("a token", () => {
  it("is needed where one is asked for", async () => {
    const { call } = await vertex(predicting(1), { auth: true });

    expect((await call("predict", instances(1))).status).toBe(401);
    expect((await call("predict", instances(1), { headers: { authorization: "Bearer any" } })).status).toBe(200);
  });

  it("has to be the right one where one is named", async () => {
    const { call } = await vertex(predicting(1), { auth: "right" });

    expect((await call("predict", instances(1), { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
    expect((await call("predict", instances(1), { headers: { authorization: "Bearer right" } })).status).toBe(200);
  });
});

it("our own model server answers behind it, in JSON and in binary", async () => {
  const server = await serving("linear");
  const emulator = await opened(openVertex({ endpoints: { own: server.url } }));
  const url = `${emulator.endpoint}/v1/projects/p/locations/r/endpoints/own`;
  const rows = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ];
  const body = encodeRequest({ rows: 2, width: 4, data: Float32Array.from(rows.flat()) }, 0, 2);

  const json = await fetch(`${url}:predict`, { method: "POST", body: instances(...rows) });
  const binary = await fetch(`${url}:rawPredict`, {
    method: "POST",
    body: new Uint8Array(body),
    headers: { "content-type": REQUEST_TYPE },
  });

  expect([json.status, await json.json()]).toMatchObject([
    200,
    { predictions: [{}, {}], deployedModelId: expect.any(String) },
  ]);
  expect([binary.status, binary.headers.get("content-type")]).toEqual([200, RESPONSE_TYPE]);
});
