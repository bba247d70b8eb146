import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError, type Pipeline } from "sluice";
import { azureClient, SCOPES } from "../../../../adapters/azure/client";
import { type AzureInferOptions, azureInfer } from "../../../../adapters/azure/infer";
import type { Answer } from "../../../support/answers";
import { azureFailure, openAzureStub, stubCredentials } from "../../../support/azure-stub";
import { errorOf } from "../../../support/contract";
import { listed, matrix } from "../../../support/onnx";
import { afterwards, cleanUp, serving } from "../../functions/model-server/support";
import { passesOnPauses, remoteInfer, remoteInferFailures } from "../suites/remote-infer";
import { refusal, sums, two } from "../suites/remote-model";

afterEach(cleanUp);

const ML = { kind: "azure-ml", at: "/score" } as const;

/** The adapter before an endpoint that does as the test says. */
async function stubbed(answer: Answer, options: Partial<AzureInferOptions> & { at?: string } = {}) {
  const { at = "", ...more } = options;
  const stub = await openAzureStub(answer);
  afterwards(() => stub.close());
  const credentials = stubCredentials();
  const infer = azureInfer({ pipeline: two, url: stub.endpoint + at, kind: "container-app", credentials, ...more });
  return { infer, requests: stub.requests, endpoint: stub.endpoint + at, credentials };
}

/** The adapter and our own server with a model. */
async function deployed(pipeline: Pipeline, model: string) {
  const server = await serving(model);
  return azureInfer({ pipeline, url: server.url, kind: "container-app" });
}

describe("inference by a container app", () => {
  remoteInfer({ stubbed, route: "/score", deployed });

  it("needs no token: its network lets nobody else in", async () => {
    const { infer, requests } = await stubbed(sums);

    await infer.infer(matrix([1, 2]));

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
});

describe("an endpoint that fails", () => {
  const model = (status: number) => ({ "ms-azureml-model-error-statuscode": String(status) });

  remoteInferFailures({
    stubbed: (answer) => stubbed(answer, ML),
    adapter: "azure/infer",
    called: "Azure ML endpoint",
    refusal,
    own: [
      ["a refused row, passed on by Azure ML", refusal(424, "model-input"), "model-input"],
      ["a loading server, passed on by Azure ML", refusal(424, "cold-start"), "cold-start"],
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
    ],
  });

  passesOnPauses(stubbed, [
    ["its own server", refusal(503, "throttled")],
    ["the platform", { status: 429, body: "Too many pending requests." }],
  ]);
});
