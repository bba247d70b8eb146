import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError, type ErrorCode, type Pipeline } from "sluice";
import { type GcpCredentials, gcpClient } from "../../../../adapters/gcp/client";
import { type GcpInferOptions, gcpInfer } from "../../../../adapters/gcp/infer";
import { targetOf } from "../../../../adapters/gcp/infer/target";
import type { Answer } from "../../../support/answers";
import { gcpFailure, openGcpStub, type StubReply } from "../../../support/gcp-stub";
import { listed, matrix } from "../../../support/onnx";
import { afterwards, cleanUp, serving } from "../../functions/model-server/support";
import { passesOnPauses, remoteInfer, remoteInferFailures } from "../suites/remote-infer";
import { ownWords, refusal, sums, two } from "../suites/remote-model";

afterEach(cleanUp);

const VERTEX = "/v1/projects/p/locations/us-central1/endpoints/7:rawPredict";

/** The adapter before an endpoint that does as the test says. */
async function stubbed(answer: Answer, options: Partial<GcpInferOptions> & { at?: string } = {}) {
  const { at = "", ...more } = options;
  const stub = await openGcpStub(answer);
  afterwards(() => stub.close());
  const infer = gcpInfer({ pipeline: two, url: stub.endpoint + at, kind: "cloud-run", ...more });
  return { infer, requests: stub.requests, endpoint: stub.endpoint };
}

/** The adapter and our own server with a model. */
async function deployed(pipeline: Pipeline, model: string) {
  const server = await serving(model);
  return gcpInfer({ pipeline, url: server.url, kind: "cloud-run" });
}

describe("inference by a model server on Cloud Run", () => {
  remoteInfer({ stubbed, route: "/score", deployed });

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
});

describe("an endpoint that fails", () => {
  remoteInferFailures({
    stubbed,
    adapter: "gcp/infer",
    called: "Cloud Run service",
    refusal,
    own: [
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
    ],
  });

  passesOnPauses(stubbed, [
    ["its own server", refusal(503, "throttled")],
    ["the platform", { status: 429, body: "Rate exceeded." }],
  ]);
});

const named: GcpCredentials = {
  headers: async () => ({ authorization: "Bearer access" }),
  identityToken: async (audience) => `identity for ${audience}`,
  forget: () => {},
};

/** What a container says, as the message of an error of Google's. */
function wrapped(status: number, code: ErrorCode): StubReply {
  const message = JSON.stringify(ownWords(code));
  return { status, body: { error: { code: status, message, status: "FAILED_PRECONDITION" } } };
}
