import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError, type ErrorCode, type Pipeline } from "sluice";
import { clientConfig } from "../../../../adapters/aws/client";
import { type AwsInferOptions, awsInfer } from "../../../../adapters/aws/infer";
import { openSageMaker } from "../../../../emulators/aws/sagemaker";
import type { Answer } from "../../../support/answers";
import { awsException, openAwsStub } from "../../../support/aws-stub";
import { errorOf } from "../../../support/contract";
import { listed, matrix } from "../../../support/onnx";
import { afterwards, cleanUp, serving } from "../../functions/model-server/support";
import { passesOnPauses, remoteInfer, remoteInferFailures } from "../suites/remote-infer";
import { ownWords, sums, two } from "../suites/remote-model";

afterEach(cleanUp);

/** The adapter before a service that does as the test says. */
async function stubbed(answer: Answer, options: Partial<AwsInferOptions> = {}) {
  const stub = await openAwsStub(answer);
  const infer = awsInfer({ pipeline: two, endpointName: "fraud", endpoint: stub.endpoint, ...options });
  afterwards(async () => {
    await infer.close();
    await stub.close();
  });
  return { infer, requests: stub.requests, endpoint: "fraud" };
}

/** The adapter, the emulator and our own server with a model. */
async function deployed(pipeline: Pipeline, model: string) {
  const server = await serving(model);
  const emulator = await openSageMaker({ endpoints: { fraud: server.url } });
  const infer = awsInfer({ pipeline, endpointName: "fraud", endpoint: emulator.endpoint });
  afterwards(async () => {
    await infer.close();
    await emulator.close();
  });
  return infer;
}

function modelError(status: number | undefined, message: string) {
  return {
    status: 424,
    headers: { "x-amzn-errortype": "ModelError" },
    body: { Message: `Received error (${status})`, OriginalStatusCode: status, OriginalMessage: message },
  };
}

/** What our own server says, as SageMaker passes it on. */
function refusal(status: number, code: ErrorCode, message?: string) {
  return modelError(status, JSON.stringify(ownWords(code, message)));
}

describe("inference by a SageMaker endpoint", () => {
  remoteInfer({ stubbed, route: "/endpoints/fraud/invocations", deployed });

  it("stays below what a serverless endpoint passes on", async () => {
    const { infer, requests } = await stubbed(sums, { maxRequestBytes: 6_000, maxRows: 1_000_000 });

    await infer.infer(matrix(...Array.from({ length: 1_000 }, () => [1, 1])));

    expect(requests.map(({ body }) => body.length).every((length) => length <= 6_000)).toBe(true);
    expect(requests.length).toBe(Math.ceil(1_000 / infer.capabilities.maxRows));
    expect((await stubbed(sums)).infer.capabilities.maxRequestBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it("says how many features the model takes where it takes others", async () => {
    const infer = await deployed(two, "linear");

    const error = await errorOf(infer.warmUp());

    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain('SageMaker endpoint "fraud"');
    expect(String(error)).toContain("Rows have 2 features; this model takes 4.");
  });

  it("uses the client it is given, leaves it open, and shows the one in use", async () => {
    const stub = await openAwsStub(sums);
    const client = new SageMakerRuntimeClient(clientConfig({ endpoint: stub.endpoint }));
    afterwards(async () => {
      client.destroy();
      await stub.close();
    });
    const infer = awsInfer({ pipeline: two, endpointName: "fraud", client });

    await infer.close();
    const again = awsInfer({ pipeline: two, endpointName: "fraud", client });

    expect(infer.client).toBe(client);
    expect(listed((await again.infer(matrix([1, 2])))["score"])).toEqual([3]);
    expect((await stubbed(sums)).infer.client).toBeInstanceOf(SageMakerRuntimeClient);
  });
});

describe("a SageMaker endpoint that fails", () => {
  remoteInferFailures({
    stubbed,
    adapter: "aws/infer",
    called: "SageMaker endpoint",
    refusal,
    own: [
      ["a status of the container alone", modelError(400, "no"), "model-input"],
      ["a length that the container refuses", modelError(413, "no"), "oversize"],
      ["a container that is throttled", modelError(429, ""), "throttled"],
      ["a container that gave no answer in 60 s", modelError(0, "timed out"), "timeout"],
      ["a container that is gone", modelError(undefined, ""), "timeout"],
      ["a serverless endpoint that starts", awsException("ModelNotReadyException", 429), "cold-start"],
      ["more calls than its concurrency", awsException("ThrottlingException", 400), "throttled"],
      ["a failing dependency of SageMaker", awsException("InternalDependencyException", 530), "unavailable"],
      ["an internal failure", awsException("InternalFailure", 500), "unavailable"],
      ["an outage", awsException("ServiceUnavailable", 503), "unavailable"],
      ["a missing right", awsException("AccessDeniedException", 403), "credentials"],
      [
        "a name that is wrong",
        awsException("ValidationError", 400, "Endpoint fraud of account 1 not found."),
        "unavailable",
      ],
      ["a body that is too long", awsException("ValidationError", 400, "Request 1 has oversize body."), "model-input"],
    ],
  });

  passesOnPauses(stubbed, [["the platform", { status: 429, body: { message: "Rate exceeded." } }]]);
});
