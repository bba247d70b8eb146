import path from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError, type ErrorCode } from "sluice";
import { azureClient, SCOPES } from "../../../../adapters/azure/client";
import { type AzureInferOptions, azureInfer } from "../../../../adapters/azure/infer";
import { decodeRequest, encodeResponse } from "../../../../adapters/endpoint";
import { onnxInfer } from "../../../../adapters/onnx";
import cardFraud from "../../../../examples/card-fraud/pipeline";
import {
  type AzureStubAnswer,
  azureFailure,
  openAzureStub,
  type StubReply,
  stubCredentials,
} from "../../../support/azure-stub";
import { errorOf } from "../../../support/contract";
import { listed, matrix, pipelineFor } from "../../../support/onnx";
import { EXAMPLES } from "../../examples/score";
import { afterwards, cleanUp, serving } from "../../functions/model-server/support";

afterEach(cleanUp);

const two = pipelineFor("any.onnx", { features: 2 });
const ML = { kind: "azure-ml", at: "/score" } as const;

/** The adapter before an endpoint that does as the test says. */
async function stubbed(answer: AzureStubAnswer, options: Partial<AzureInferOptions> & { at?: string } = {}) {
  const { at = "", ...more } = options;
  const stub = await openAzureStub(answer);
  afterwards(() => stub.close());
  const credentials = stubCredentials();
  const infer = azureInfer({ pipeline: two, url: stub.endpoint + at, kind: "container-app", credentials, ...more });
  return { infer, requests: stub.requests, endpoint: stub.endpoint, credentials };
}

const sums: AzureStubAnswer = ({ body }) => ({ body: answerTo(body) });

function answerTo(body: Uint8Array): Uint8Array {
  const { rows, width, data } = decodeRequest(body);
  const sum = (_: unknown, row: number) => data.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0);
  const score = { width: 1, data: Float32Array.from({ length: rows }, sum) };
  return encodeResponse({ model: "v1", rows, width, outputs: { score } });
}

describe("inference by a container app", () => {
  it("gives what the model in process gives, bit for bit, and the same version", async () => {
    const dir = path.join(EXAMPLES, "card-fraud");
    const server = await serving(path.join(dir, "model.onnx"));
    const remote = azureInfer({ pipeline: cardFraud, url: server.url, kind: "container-app" });
    const local = onnxInfer({ pipeline: cardFraud, baseDir: dir });
    afterwards(() => local.close());
    const width = cardFraud.featureNames.length;
    const data = Float32Array.from({ length: 200 * width }, (_, i) => ((i * 37) % 1_009) / 7);
    const features = { rows: 200, width, data };

    const [theirs, ours] = [await remote.infer(features), await local.infer(features)];

    expect(theirs).toEqual(ours);
    expect(await remote.warmUp()).toEqual(await local.warmUp());
  });

  it("is one request per matrix, to the server's route, without a token: its network lets nobody else in", async () => {
    const { infer, requests } = await stubbed(sums);

    const output = await infer.infer(matrix(...Array.from({ length: 1_000 }, (_, i) => [i, 1])));

    expect(listed(output["score"]).slice(0, 3)).toEqual([1, 2, 3]);
    expect(requests.map((request) => [request.method, request.path])).toEqual([["POST", "/score"]]);
    expect(requests[0]?.headers).toMatchObject({
      "content-type": "application/vnd.sluice.f32",
      accept: "application/vnd.sluice.tensors",
    });
    expect(requests[0]?.headers.authorization).toBeUndefined();
    expect(requests[0]?.headers).not.toHaveProperty("azureml-model-deployment");
  });

  it("goes to the URL's own path where there is one, and says who calls where the app asks", async () => {
    const { infer, requests } = await stubbed(sums, { at: "/models/fraud?v=2", scope: "api://model" });

    await infer.infer(matrix([1, 2]));

    expect(requests.map(({ path: at, headers }) => [at, headers.authorization])).toEqual([
      ["/models/fraud?v=2", "Bearer token of api://model"],
    ]);
  });

  it("uses the client it is given, and shows it", async () => {
    const { endpoint, requests } = await stubbed(sums);
    const client = azureClient({ endpoint });
    const infer = azureInfer({ pipeline: two, url: "https://model.internal.example", kind: "container-app", client });

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

  it.each(["", "model", "ftp://host/score", "//host"])("needs a URL: %s", (url) => {
    expect(() => azureInfer({ pipeline: two, url, kind: "container-app" })).toThrow(ConfigError);
  });
});

describe("inference by an Azure ML endpoint", () => {
  it("posts the same bytes to the scoring URL, with a token, to the deployment that is named", async () => {
    const { infer, requests } = await stubbed(sums, { ...ML, deployment: "blue" });

    const output = await infer.infer(matrix([1, 2]));

    expect(listed(output["score"])).toEqual([3]);
    expect(requests.map((request) => request.path)).toEqual(["/score"]);
    expect(requests[0]?.headers).toMatchObject({
      authorization: `Bearer token of ${SCOPES.ml}`,
      "azureml-model-deployment": "blue",
    });
  });

  it("forgets a token that is refused", async () => {
    const { infer, credentials } = await stubbed(() => ({ status: 401, body: "" }), ML);

    expect(await errorOf(infer.infer(matrix([1, 2])))).toMatchObject({ code: "credentials" });
    expect(credentials.forgotten).toEqual([SCOPES.ml]);
  });

  it("stays below what the front end passes on", async () => {
    const rows = 300_000;
    const { infer, requests } = await stubbed(sums, { ...ML, maxRows: rows });

    await infer.infer({ rows, width: 2, data: new Float32Array(2 * rows) });

    expect(infer.capabilities.maxRequestBytes).toBe(1_500_000);
    expect(requests.length).toBeGreaterThan(1);
    expect(Math.max(...requests.map(({ body }) => body.length))).toBeLessThanOrEqual(1_500_000);
    expect(azureInfer({ pipeline: two, url: "https://m", kind: "container-app" }).capabilities.maxRequestBytes).toBe(
      10_000_000,
    );
  });

  it("names the endpoint and what to do when its model does not fit", async () => {
    const { infer, endpoint } = await stubbed(({ body }) => {
      const { rows } = decodeRequest(body);
      const other = { width: 1, data: new Float32Array(rows) };
      return { body: encodeResponse({ model: "v1", rows, width: 2, outputs: { other } }) };
    }, ML);

    const error = await errorOf(infer.warmUp());

    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(`Azure ML endpoint ${endpoint}/score`);
    expect(String(error)).toContain("has no output `score`; it has other.");
  });
});

describe("an endpoint that fails", () => {
  const model = (status: number) => ({ "ms-azureml-model-error-statuscode": String(status) });

  it.each<[string, StubReply, ErrorCode]>([
    ["a row that the server refuses", ours(400, "model-input"), "model-input"],
    ["too many rows", ours(413, "oversize"), "oversize"],
    ["an output that the server cannot cut into rows", ours(422, "model-output"), "model-output"],
    ["a run that failed for no known reason", ours(500, "internal"), "internal"],
    ["a server that is still loading", ours(503, "cold-start"), "cold-start"],
    ["a server that is busy", ours(503, "throttled"), "throttled"],
    ["a refused row, passed on by Azure ML", ours(424, "model-input"), "model-input"],
    ["a loading server, passed on by Azure ML", ours(424, "cold-start"), "cold-start"],
    ["a model server that is another's", { status: 424, headers: model(400), body: "bad input" }, "unavailable"],
    ["too many requests under way", { status: 429, body: "Too many pending requests." }, "throttled"],
    ["a run that took too long", { status: 408, body: "Request timeout" }, "timeout"],
    ["an instance that ended", { status: 502, body: "" }, "unavailable"],
    ["an instance that is not ready", { status: 503, body: "upstream connect error" }, "unavailable"],
    ["an answer that takes too long", { status: 504, body: "upstream request timeout" }, "timeout"],
    ["a page of a proxy", { status: 400, body: "<html>Bad Request</html>" }, "unavailable"],
    ["a refusal of the front end's own", azureFailure(400, "BadRequest"), "unavailable"],
    ["no deployment", { status: 404, body: "" }, "unavailable"],
    ["a missing right", { status: 403, body: "" }, "credentials"],
    ["a body over the front end's limit", { status: 413, body: "" }, "oversize"],
    ["a body over its limit, by status 400", { status: 400, body: "The request size exceeds 1.5 MB." }, "oversize"],
    ["a failure of Azure ML's own", azureFailure(500, "InternalServerError"), "unavailable"],
    ["an answer that is cut off", { body: answerTo(request()).subarray(0, -1) }, "internal"],
    ["a broken connection", "reset", "unavailable"],
  ])("by %s", async (_, reply, code) => {
    const { infer, requests } = await stubbed(() => reply, ML);

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
      adapter: "azure/infer",
      coordinates: { endpoint, modelStatus: 400 },
    });
  });

  it.each([
    ["its own server", ours(503, "throttled")],
    ["the platform", { status: 429, body: "Too many pending requests." } as const],
  ])("passes on how long %s asks to wait", async (_, reply) => {
    const { infer } = await stubbed(() => ({ ...(reply as object), headers: { "retry-after": "7" } }));

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ retryAfterMs: 7_000 });
  });
});

function ours(status: number, code: ErrorCode, message = "In the server's own words."): StubReply {
  return { status, body: { error: { code, message } } };
}

function request(): Uint8Array {
  const bytes = Buffer.alloc(20);
  bytes.write("SLF1");
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(2, 8);
  return bytes;
}
