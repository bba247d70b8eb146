import path from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError, type ErrorCode } from "sluice";
import { decodeRequest, encodeResponse } from "../../../../adapters/endpoint";
import { type GcpCredentials, gcpClient } from "../../../../adapters/gcp/client";
import { type GcpInferOptions, gcpInfer } from "../../../../adapters/gcp/infer";
import { targetOf } from "../../../../adapters/gcp/infer/target";
import { onnxInfer } from "../../../../adapters/onnx";
import cardFraud from "../../../../examples/card-fraud/pipeline";
import { errorOf } from "../../../support/contract";
import { type GcpStubAnswer, gcpFailure, openGcpStub, type StubReply } from "../../../support/gcp-stub";
import { listed, matrix, pipelineFor } from "../../../support/onnx";
import { EXAMPLES } from "../../examples/score";
import { afterwards, cleanUp, serving } from "../../functions/model-server/support";

afterEach(cleanUp);

const two = pipelineFor("any.onnx", { features: 2 });
const VERTEX = "/v1/projects/p/locations/us-central1/endpoints/7:rawPredict";

/** The adapter before an endpoint that does as the test says. */
async function stubbed(answer: GcpStubAnswer, options: Partial<GcpInferOptions> & { at?: string } = {}) {
  const { at = "", ...more } = options;
  const stub = await openGcpStub(answer);
  afterwards(() => stub.close());
  const infer = gcpInfer({ pipeline: two, url: stub.endpoint + at, kind: "cloud-run", ...more });
  return { infer, requests: stub.requests, endpoint: stub.endpoint };
}

const sums: GcpStubAnswer = ({ body }) => ({ body: answerTo(body) });

function answerTo(body: Uint8Array): Uint8Array {
  const { rows, width, data } = decodeRequest(body);
  const sum = (_: unknown, row: number) => data.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0);
  const score = { width: 1, data: Float32Array.from({ length: rows }, sum) };
  return encodeResponse({ model: "v1", rows, width, outputs: { score } });
}

describe("inference by a model server on Cloud Run", () => {
  it("gives what the model in process gives, bit for bit, and the same version", async () => {
    const dir = path.join(EXAMPLES, "card-fraud");
    const server = await serving(path.join(dir, "model.onnx"));
    const remote = gcpInfer({ pipeline: cardFraud, url: server.url, kind: "cloud-run" });
    const local = onnxInfer({ pipeline: cardFraud, baseDir: dir });
    afterwards(() => local.close());
    const width = cardFraud.featureNames.length;
    const data = Float32Array.from({ length: 200 * width }, (_, i) => ((i * 37) % 1_009) / 7);
    const features = { rows: 200, width, data };

    const [theirs, ours] = [await remote.infer(features), await local.infer(features)];

    expect(theirs).toEqual(ours);
    expect(await remote.warmUp()).toEqual(await local.warmUp());
  });

  it("is one request per matrix, to the server's route", async () => {
    const { infer, requests } = await stubbed(sums);

    const output = await infer.infer(matrix(...Array.from({ length: 1_000 }, (_, i) => [i, 1])));

    expect(listed(output["score"]).slice(0, 3)).toEqual([1, 2, 3]);
    expect(requests.map((request) => [request.method, request.path])).toEqual([["POST", "/score"]]);
    expect(requests[0]?.headers).toMatchObject({
      "content-type": "application/vnd.sluice.f32",
      accept: "application/vnd.sluice.tensors",
    });
  });

  it("goes to the URL's own path where there is one", async () => {
    const { infer, requests } = await stubbed(sums, { at: "/models/fraud?v=2" });

    await infer.infer(matrix([1, 2]));

    expect(requests.map((request) => request.path)).toEqual(["/models/fraud?v=2"]);
  });

  it("says who it is with an identity token for the service", async () => {
    const { infer, requests, endpoint } = await stubbed(sums, { credentials: named });

    await infer.infer(matrix([1, 2]));

    expect(requests[0]?.headers["authorization"]).toBe(`Bearer identity for ${endpoint}`);
  });

  it("uses the client it is given, and shows it", async () => {
    const { endpoint, requests } = await stubbed(sums);
    const client = gcpClient({ endpoint });
    const infer = gcpInfer({ pipeline: two, url: "https://model.a.run.app", kind: "cloud-run", client });

    await infer.infer(matrix([1, 2]));

    expect(infer.client).toBe(client);
    expect(requests).toHaveLength(1);
  });

  it("does not wait longer than it was told, and tries once", async () => {
    const { infer, requests } = await stubbed(() => "hang", { requestTimeoutMs: 30 });

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ code: "timeout", retryable: true });
    expect(requests).toHaveLength(1);
  });

  it("ends a request that is under way when its signal aborts", async () => {
    const controller = new AbortController();
    const { infer } = await stubbed(() => {
      controller.abort();
      return "hang";
    });

    const error = await errorOf(infer.infer(matrix([1, 2]), { signal: controller.signal }));

    expect(error).toMatchObject({ code: "cancelled", stage: "infer" });
  });
});

describe("inference by a Vertex AI endpoint", () => {
  it("posts the same bytes to `:rawPredict`, with an access token", async () => {
    const { infer, requests } = await stubbed(sums, { at: VERTEX, kind: "vertex", credentials: named });

    const output = await infer.infer(matrix([1, 2]));

    expect(listed(output["score"])).toEqual([3]);
    expect(requests.map(({ path: at, headers }) => [at, headers["authorization"]])).toEqual([
      [VERTEX, "Bearer access"],
    ]);
  });

  it.each([
    ["a dedicated endpoint", "https://7.us-central1-42.prediction.vertexai.goog", 10_000_000],
    ["the shared host", "https://us-central1-aiplatform.googleapis.com", 1_500_000],
  ])("stays below what %s passes on", (_, host, most) => {
    const { capabilities } = gcpInfer({ pipeline: two, url: host + VERTEX, kind: "vertex" });

    expect(capabilities.maxRequestBytes).toBe(most);
    expect(capabilities.maxRows * 2 * 4).toBeLessThan(most);
  });

  it("makes as many requests as the limit asks for", async () => {
    const { infer, requests } = await stubbed(sums, { at: VERTEX, kind: "vertex", maxRequestBytes: 6_000 });

    await infer.infer(matrix(...Array.from({ length: 1_000 }, () => [1, 1])));

    expect(Math.max(...requests.map(({ body }) => body.length))).toBeLessThanOrEqual(6_000);
    expect(requests.length).toBe(Math.ceil(1_000 / infer.capabilities.maxRows));
  });

  it.each([
    ["no URL at all", "fraud", "it is no URL"],
    ["only the endpoint's name", "https://h/v1/projects/p/locations/l/endpoints/7", ":rawPredict"],
    ["the method that takes JSON alone", "https://h/v1/projects/p/locations/l/endpoints/7:predict", ":rawPredict"],
  ])("refuses %s", (_, url, why) => {
    expect(() => targetOf(url, "vertex")).toThrow(ConfigError);
    expect(() => targetOf(url, "vertex")).toThrow(why);
  });

  it("names the endpoint and what to do when its model does not fit", async () => {
    const { infer, endpoint } = await stubbed(({ body }) => {
      const { rows } = decodeRequest(body);
      const other = { width: 1, data: new Float32Array(rows) };
      return { body: encodeResponse({ model: "v1", rows, width: 2, outputs: { other } }) };
    });

    const error = await errorOf(infer.warmUp());

    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(`Cloud Run service ${endpoint}`);
    expect(String(error)).toContain("has no output `score`; it has other.");
  });
});

describe("an endpoint that fails", () => {
  it.each<[string, StubReply, ErrorCode]>([
    ["a row that the server refuses", ours(400, "model-input"), "model-input"],
    ["too many rows", ours(413, "oversize"), "oversize"],
    ["an output that the server cannot cut into rows", ours(422, "model-output"), "model-output"],
    ["a run that failed for no known reason", ours(500, "internal"), "internal"],
    ["a server that is still loading", ours(503, "cold-start"), "cold-start"],
    ["a server that is busy", ours(503, "throttled"), "throttled"],
    ["a refused row, in Vertex AI's words", wrapped(400, "model-input"), "model-input"],
    ["a loading server, in Vertex AI's words", wrapped(503, "cold-start"), "cold-start"],
    ["no free instance", { status: 429, body: "Rate exceeded." }, "throttled"],
    ["an instance that cannot start", { status: 500, body: "<html>" }, "unavailable"],
    ["an instance that ended", { status: 503, body: "" }, "unavailable"],
    ["an answer that takes too long", { status: 504, body: "upstream request timeout" }, "timeout"],
    ["a page of a proxy", { status: 400, body: "<html>Bad Request</html>" }, "unavailable"],
    ["a name that is wrong", { status: 404, body: "<html>" }, "unavailable"],
    ["a missing right", { status: 403, body: "<html>" }, "credentials"],
    ["a missing token", { status: 401, body: "<html>" }, "credentials"],
    ["a redirect", { status: 302, headers: { location: "https://accounts.google.com" }, body: "" }, "unavailable"],
    ["a body over the proxy's limit", { status: 413, body: "<html>" }, "oversize"],
    [
      "a body over Vertex AI's limit",
      gcpFailure("INVALID_ARGUMENT", "Request payload size exceeds the limit."),
      "oversize",
    ],
    [
      "the shared host of a dedicated endpoint",
      gcpFailure("INVALID_ARGUMENT", "Use its dedicated domain name."),
      "unavailable",
    ],
    ["an endpoint without a model", gcpFailure("FAILED_PRECONDITION", "No model is deployed."), "conflict"],
    ["an endpoint that is not there", gcpFailure("NOT_FOUND", "Endpoint 7 not found."), "unavailable"],
    ["a role that is not granted", gcpFailure("PERMISSION_DENIED", "denied"), "credentials"],
    ["a quota", gcpFailure("RESOURCE_EXHAUSTED", "Quota exceeded."), "throttled"],
    ["a failure of Vertex AI's own", gcpFailure("INTERNAL", "sorry"), "unavailable"],
    ["an answer that is cut off", { body: answerTo(request()).subarray(0, -1) }, "internal"],
    ["a broken connection", "reset", "unavailable"],
  ])("by %s", async (_, reply, code) => {
    const { infer, requests } = await stubbed(() => reply);

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ code, stage: "infer" });
    // The engine tries again, not the client: its attempts would multiply with ours.
    expect(requests).toHaveLength(1);
  });

  it("says where, and what the server said", async () => {
    const { infer, endpoint } = await stubbed(() =>
      ours(400, "model-input", "Row 1 has 3 features; this model takes 2."),
    );

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({
      message: "Row 1 has 3 features; this model takes 2.",
      adapter: "gcp/infer",
      coordinates: { endpoint, modelStatus: 400 },
    });
  });

  it.each([
    ["its own server", ours(503, "throttled"), 7_000],
    ["the platform", { status: 429, body: "Rate exceeded." } as const, 7_000],
  ])("passes on how long %s asks to wait", async (_, reply, retryAfterMs) => {
    const { infer } = await stubbed(() => ({ ...(reply as object), headers: { "retry-after": "7" } }));

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ retryAfterMs });
  });
});

const named: GcpCredentials = {
  headers: async () => ({ authorization: "Bearer access" }),
  identityToken: async (audience) => `identity for ${audience}`,
  forget: () => {},
};

function ours(status: number, code: ErrorCode, message = "In the server's own words."): StubReply {
  return { status, body: { error: { code, message } } };
}

/** What a container says, as the message of an error of Google's. */
function wrapped(status: number, code: ErrorCode): StubReply {
  const message = JSON.stringify({ error: { code, message: "In the server's own words." } });
  return { status, body: { error: { code: status, message, status: "FAILED_PRECONDITION" } } };
}

function request(): Uint8Array {
  const bytes = Buffer.alloc(20);
  bytes.write("SLF1");
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(2, 8);
  return bytes;
}
