import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError } from "sluice";
import { type LogEntry, startModelServer } from "../../../../functions/model-server/server";
import { errorOf } from "../../../support/contract";
import { manualClock, settled } from "../../../support/manual-clock";
import { matrix } from "../../../support/onnx";
import {
  afterwards,
  cleanUp,
  modelFolder,
  postRows,
  predictionOf,
  refusal,
  serving,
  starting,
  temporaryFolder,
} from "./support";

afterEach(cleanUp);

describe("readiness", () => {
  it("comes with the first prediction, and until then requests are to be tried again", async () => {
    const server = await starting("linear");

    const early = await fetch(`${server.url}/ping`);
    const question = await postRows(`${server.url}/invocations`, matrix([0, 0, 0, 0]));
    const info = await server.ready;
    const late = await fetch(`${server.url}/ping`);

    expect(early.status).toBe(503);
    expect(await refusal(question)).toMatchObject({ status: 503, code: "cold-start" });
    expect(question.headers.get("retry-after")).toBe("1");
    expect(late.status).toBe(200);
    expect(await late.json()).toEqual({ status: "ready", model: info.version, width: 4, outputs: ["score"] });
  });

  it("never comes for a model that predicts nothing finite, and the process is alive all the same", async () => {
    const server = await starting("nan-always");

    expect(await errorOf(server.ready)).toBeInstanceOf(ConfigError);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    expect((await fetch(`${server.url}/live`)).status).toBe(200);
  });
});

describe("routes", () => {
  it.each(["/ping", "/ready", "/live", "/ping?probe=1"])("answer a GET and a HEAD of %s", async (route) => {
    const { url } = await serving("linear");

    expect((await fetch(`${url}${route}`)).status).toBe(200);
    expect((await fetch(`${url}${route}`, { method: "HEAD" })).status).toBe(200);
  });

  it("may be the platform's own, one for the health check and the prediction alike", async () => {
    const own = "/v1/endpoints/1/deployedModels/2:predict";
    const { url } = await serving("linear", { routes: { live: [], ready: [own], predict: [own] } });

    expect((await fetch(`${url}${own}`)).status).toBe(200);
    expect((await postRows(`${url}${own}`, matrix([0, 0, 0, 0]))).status).toBe(200);
  });

  it.each([
    ["GET", "/invocations", 405, "POST"],
    ["POST", "/ping", 405, "GET, HEAD"],
    ["DELETE", "/score", 405, "POST"],
    ["GET", "/healthz", 404, null],
    ["POST", "/", 404, null],
  ])("answer %s %s with %i and say what there is", async (method, route, status, allow) => {
    const { url } = await serving("linear");

    const response = await fetch(`${url}${route}`, { method });

    expect(response.headers.get("allow")).toBe(allow);
    expect((await refusal(response)).status).toBe(status);
  });
});

describe("a busy server", () => {
  it("turns away what is over its queue, and takes more when there is room", async () => {
    const { url, port } = await serving("linear", { limits: { maxRequests: 1 } });
    const slow = await halfRequest(port);

    const turnedAway = await postRows(`${url}/score`, matrix([0, 0, 0, 0]));
    slow.finish();
    await slow.answered;
    const taken = await postRows(`${url}/score`, matrix([0, 0, 0, 0]));

    expect(turnedAway.headers.get("retry-after")).toBe("1");
    expect(await refusal(turnedAway)).toMatchObject({ status: 503, code: "throttled" });
    expect(taken.status).toBe(200);
  });

  it("counts the memory of all bodies, and gives it back", async () => {
    const { url } = await serving("linear", { limits: { maxBytes: 40 } });
    const row = [0, 0, 0, 0];

    const large = await postRows(`${url}/score`, matrix(row, row, row));
    const first = await postRows(`${url}/score`, matrix(row));
    const second = await postRows(`${url}/score`, matrix(row));

    expect(await refusal(large)).toMatchObject({ status: 503, code: "throttled" });
    expect([first.status, second.status]).toEqual([200, 200]);
  });

  it("forgets a client that goes away in mid-request", async () => {
    const { url, port } = await serving("linear", { limits: { maxRequests: 1 } });
    const slow = await halfRequest(port);

    slow.breakOff();
    await slow.gone;
    // The server learns of it a moment after the client.
    let status = 503;
    for (let tries = 0; status === 503 && tries < 100; tries++)
      ({ status } = await postRows(`${url}/score`, matrix([0, 0, 0, 0])));

    expect(status).toBe(200);
  });
});

describe("shutting down", () => {
  it("finishes what is under way, keeps no connection, and frees the port", async () => {
    const server = await serving("linear");
    await predictionOf(server.url, matrix([0, 0, 0, 0]));
    const slow = await halfRequest(server.port);

    const closing = server.close();
    slow.finish();
    const answer = await slow.answered;
    await closing;

    expect(answer).toEqual({ status: 200, connection: "close" });
    expect(await errorOf(fetch(server.url))).toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });

  it("is no longer ready for those who ask on an open connection", async () => {
    const server = await serving("linear");
    const socket = connect(server.port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.write("GET /ping HTTP/1.1\r\nhost: x\r\n");
    await fetch(`${server.url}/live`);

    const closing = server.close();
    const answer = new Promise((resolve) => socket.once("data", (data) => resolve(String(data))));
    socket.write("\r\n");

    expect(await answer).toMatch(/^HTTP\/1\.1 503 .*"status":"stopping"/s);
    await closing;
  });

  it("ends after its grace, whoever is still connected", async () => {
    const clock = manualClock({ auto: false });
    const server = await serving("linear", { clock });
    const slow = await halfRequest(server.port);
    let closed = false;

    const closing = server.close(1_000).then(() => {
      closed = true;
    });
    await clock.advance(999);
    await settled();
    const before = closed;
    await clock.advance(1);
    await closing;
    await slow.gone;

    expect(before).toBe(false);
  });

  it("happens once, however often it is asked for, also while the model loads", async () => {
    const log: LogEntry[] = [];
    const server = await starting("linear", { log: (entry) => log.push(entry) });

    await Promise.all([server.close(), server.close()]);

    expect(log.map(({ event }) => event).filter((event) => event !== "ready")).toEqual([
      "listening",
      "stopping",
      "stopped",
    ]);
  });
});

describe("the log", () => {
  it("has a line for start, stop and our own errors, and none for a client's", async () => {
    const log: LogEntry[] = [];
    const server = await serving("linear", { log: (entry) => log.push(entry), host: "127.0.0.1" });
    await postRows(`${server.url}/score`, matrix([1]));
    await fetch(`${server.url}/nothing`);

    await server.close();

    expect(log).toEqual([
      { event: "listening", host: "127.0.0.1", port: server.port },
      { event: "ready", model: expect.stringMatching(/^sha256:/), width: 4, loadMs: expect.any(Number) },
      { event: "stopping", requests: 0 },
      { event: "stopped" },
    ]);
  });
});

describe("starting", () => {
  it("fails where the port is taken", async () => {
    const { port } = await serving("linear");

    expect(await errorOf(startModelServer({ modelDirs: [modelFolder("linear")], port }))).toMatchObject({
      code: "EADDRINUSE",
    });
  });

  it("tells where it looked for a model that is not there", async () => {
    const folder = temporaryFolder();
    const server = await startModelServer({ modelDirs: [folder, "/nowhere"] });
    afterwards(() => server.close(0));

    const error = await errorOf(server.ready);

    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).where).toContain(`${folder}, /nowhere`);
  });
});

/** A prediction whose body stops halfway until the test goes on. Resolves once the server has it in its queue. */
async function halfRequest(port: number) {
  const body = Buffer.from(JSON.stringify({ instances: [[0, 0, 0, 0]] }));
  const headers = { "content-length": body.length, expect: "100-continue" };
  const request = httpRequest({ port, host: "127.0.0.1", path: "/score", method: "POST", headers });
  const gone = new Promise<void>((resolve) => request.on("close", resolve));
  request.on("error", () => {});
  const answered = new Promise<{ status: number | undefined; connection: string | undefined }>((resolve) =>
    request.on("response", (response) => {
      response.resume();
      response.on("end", () => resolve({ status: response.statusCode, connection: response.headers.connection }));
    }),
  );
  // The server says so just before it hands the request on.
  await new Promise((resolve) => {
    request.on("continue", resolve);
    request.write(body.subarray(0, 5));
  });
  return { finish: () => request.end(body.subarray(5)), breakOff: () => request.destroy(), answered, gone };
}
