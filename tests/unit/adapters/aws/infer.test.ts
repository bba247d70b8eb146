import path from "node:path";
import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError, createEngine, definePipeline, type ErrorCode, type Pipeline } from "sluice";
import * as z from "zod";
import { clientConfig } from "../../../../adapters/aws/client";
import { type AwsInferOptions, awsInfer } from "../../../../adapters/aws/infer";
import { decodeRequest, encodeResponse } from "../../../../adapters/endpoint";
import { onnxInfer } from "../../../../adapters/onnx";
import { openSageMaker } from "../../../../emulators/aws/sagemaker";
import cardFraud from "../../../../examples/card-fraud/pipeline";
import { awsException, openAwsStub, type StubAnswer, type StubReply } from "../../../support/aws-stub";
import { errorOf } from "../../../support/contract";
import { manualClock } from "../../../support/manual-clock";
import { memoryState, openMemory } from "../../../support/memory";
import { listed, matrix, pipelineFor } from "../../../support/onnx";
import { delivery, json } from "../../../support/records";
import { EXAMPLES } from "../../examples/score";
import { afterwards, cleanUp, serving } from "../../functions/model-server/support";

afterEach(cleanUp);

const two = pipelineFor("any.onnx", { features: 2 });

/** The adapter before a service that does as the test says. */
async function stubbed(answer: StubAnswer, options: Partial<AwsInferOptions> = {}) {
  const stub = await openAwsStub(answer);
  const infer = awsInfer({ pipeline: two, endpointName: "fraud", endpoint: stub.endpoint, ...options });
  afterwards(async () => {
    await infer.close();
    await stub.close();
  });
  return { infer, requests: stub.requests };
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

const sums: StubAnswer = ({ body }) => ({ body: answerTo(body) });

function answerTo(body: Uint8Array): Uint8Array {
  const { rows, width, data } = decodeRequest(body);
  const sum = (_: unknown, row: number) => data.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0);
  const score = { width: 1, data: Float32Array.from({ length: rows }, sum) };
  return encodeResponse({ model: "v1", rows, width, outputs: { score } });
}

function modelError(status: number | undefined, message: string): StubReply {
  return {
    status: 424,
    headers: { "x-amzn-errortype": "ModelError" },
    body: { Message: `Received error (${status})`, OriginalStatusCode: status, OriginalMessage: message },
  };
}

describe("inference by a SageMaker endpoint", () => {
  it("gives what the model in process gives, bit for bit, and the same version", async () => {
    const dir = path.join(EXAMPLES, "card-fraud");
    const remote = await deployed(cardFraud, path.join(dir, "model.onnx"));
    const local = onnxInfer({ pipeline: cardFraud, baseDir: dir });
    afterwards(() => local.close());
    const width = cardFraud.featureNames.length;
    const data = Float32Array.from({ length: 200 * width }, (_, i) => ((i * 37) % 1_009) / 7);
    const features = { rows: 200, width, data };

    expect(await remote.infer(features)).toEqual(await local.infer(features));
    expect(await remote.warmUp()).toEqual(await local.warmUp());
  });

  it("is one InvokeEndpoint per matrix", async () => {
    const { infer, requests } = await stubbed(sums);

    const output = await infer.infer(matrix(...Array.from({ length: 1_000 }, (_, i) => [i, 1])));

    expect(listed(output["score"]).slice(0, 3)).toEqual([1, 2, 3]);
    expect(requests.map((request) => [request.method, request.path])).toEqual([
      ["POST", "/endpoints/fraud/invocations"],
    ]);
    expect(requests[0]?.headers).toMatchObject({
      "content-type": "application/vnd.sluice.f32",
      accept: "application/vnd.sluice.tensors",
    });
  });

  it("stays below what a serverless endpoint passes on", async () => {
    const { infer, requests } = await stubbed(sums, { maxRequestBytes: 6_000, maxRows: 1_000_000 });

    await infer.infer(matrix(...Array.from({ length: 1_000 }, () => [1, 1])));

    expect(requests.map(({ body }) => body.length).every((length) => length <= 6_000)).toBe(true);
    expect(requests.length).toBe(Math.ceil(1_000 / infer.capabilities.maxRows));
    expect((await stubbed(sums)).infer.capabilities.maxRequestBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it("names the endpoint and what to do when its model does not fit", async () => {
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

  it("does not wait longer than it was told, and tries once", async () => {
    const { infer, requests } = await stubbed(() => "hang", { requestTimeoutMs: 30 });

    expect(await errorOf(infer.infer(matrix([1, 2])))).toMatchObject({ code: "timeout", retryable: true });
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

describe("a SageMaker endpoint that fails", () => {
  it.each<[string, StubReply, ErrorCode]>([
    ["a row that the container refuses", modelError(400, "no"), "model-input"],
    ["too many rows", modelError(413, "no"), "oversize"],
    ["an output that the server cannot cut into rows", modelError(422, ours("model-output")), "model-output"],
    ["a run that failed for no known reason", modelError(500, ours("internal")), "internal"],
    ["a server that is still loading", modelError(503, ours("cold-start")), "cold-start"],
    ["a server that is busy", modelError(503, ours("throttled")), "throttled"],
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
    ["an answer that is cut off", { body: answerTo(request()).subarray(0, -1) }, "internal"],
    ["a broken connection", "reset", "unavailable"],
  ])("by %s", async (_, reply, code) => {
    const { infer, requests } = await stubbed(() => reply);

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ code, stage: "infer" });
    // The engine tries again, not the SDK: its attempts would multiply with ours.
    expect(requests).toHaveLength(1);
  });

  it("says where, and what the container said", async () => {
    const { infer } = await stubbed(() =>
      modelError(400, ours("model-input", "Row 1 has 3 features; this model takes 2.")),
    );

    expect(await errorOf(infer.infer(matrix([1, 2])))).toMatchObject({
      message: "Row 1 has 3 features; this model takes 2.",
      adapter: "aws/infer",
      coordinates: { endpoint: "fraud", modelStatus: 400 },
    });
  });
});

describe("the engine with a SageMaker endpoint", () => {
  it("dead-letters only the row that the model refuses", async () => {
    const infer = await deployed(lookup, "lookup");
    const clock = manualClock();
    const { store, deadLetters, state } = openMemory(memoryState("test", 1, clock));
    const engine = createEngine({ pipeline: lookup, infer, store, deadLetters, clock, random: () => 0.5 });
    const events = Array.from({ length: 20 }, (_, i) => json({ id: `e${i}`, index: i === 13 ? 99 : i % 3 }));

    const outcome = await engine.processBatch(delivery(events));

    expect(outcome).toMatchObject({ received: 20, stored: 19, deadLettered: 1, reasons: { "model-input": 1 } });
    expect([...state.letters.values()].map(({ eventId }) => eventId)).toEqual(["e13"]);
    expect([...state.predictions.values()].map(({ prediction }) => prediction["score"])).toEqual(
      events.flatMap((_, i) => (i === 13 ? [] : [Math.fround([0.1, 0.2, 0.3][i % 3]!)])),
    );
  });
});

/** Its model looks the first feature up in a table of three. */
const lookup = definePipeline({
  name: "lookup",
  event: z.object({ id: z.string(), index: z.number() }),
  id: ({ id }) => id,
  key: ({ id }) => id,
  time: () => 0,
  features: { index: ({ index }) => index, b: () => 0, c: () => 0, d: () => 0 },
  model: { file: "lookup.onnx", outputs: { score: { width: 1 } } },
  prediction: { score: (output) => output.score() },
});

function ours(code: ErrorCode, message = "In the server's own words."): string {
  return JSON.stringify({ error: { code, message } });
}

function request(): Uint8Array {
  const bytes = Buffer.alloc(20);
  bytes.write("SLF1");
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(2, 8);
  return bytes;
}
