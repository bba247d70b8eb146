import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterEach, describe, expect, it } from "@jest/globals";
import { clientConfig } from "../../../../adapters/aws/client";
import { openSageMaker, type SageMakerOptions } from "../../../../emulators/aws/sagemaker";
import { openAwsStub, type StubAnswer } from "../../../support/aws-stub";
import { errorOf } from "../../../support/contract";
import { manualClock } from "../../../support/manual-clock";
import { afterwards, cleanUp } from "../../functions/model-server/support";

afterEach(cleanUp);

/** The emulator in front of a container that does as the test says, and the SDK's client for it. */
async function setting(answer: StubAnswer, options: Partial<SageMakerOptions> = {}) {
  const container = await openAwsStub(answer);
  const emulator = await openSageMaker({ endpoints: { fraud: container.endpoint }, ...options });
  const client = new SageMakerRuntimeClient(clientConfig({ endpoint: emulator.endpoint, maxAttempts: 1 }));
  afterwards(async () => {
    client.destroy();
    await emulator.close();
    await container.close();
  });
  const invoke = (Body: Uint8Array, EndpointName = "fraud") =>
    client.send(
      new InvokeEndpointCommand({
        EndpointName,
        Body,
        ContentType: "text/x",
        Accept: "text/y",
        CustomAttributes: "trace",
      }),
    );
  return { container, emulator, invoke };
}

const bytes = Uint8Array.of(0, 255, 10, 13);

describe("SageMaker's InvokeEndpoint", () => {
  it("passes the body on as it is, with the headers that a container gets, and the answer back", async () => {
    const { container, invoke } = await setting(() => ({ headers: { "content-type": "text/z" }, body: bytes }));

    const answer = await invoke(bytes);

    const [request] = container.requests;
    expect([request?.method, request?.path, [...request!.body]]).toEqual(["POST", "/invocations", [...bytes]]);
    expect(request?.headers).toMatchObject({
      "content-type": "text/x",
      accept: "text/y",
      "x-amzn-sagemaker-custom-attributes": "trace",
    });
    expect(request?.headers.authorization).toBeUndefined();
    expect([...answer.Body]).toEqual([...bytes]);
    expect([answer.ContentType, answer.InvokedProductionVariant]).toEqual(["text/z", "AllTraffic"]);
  });

  it.each(["constructor", "other"])("knows no endpoint %s that was not named", async (name) => {
    const { invoke } = await setting(() => ({}));

    expect(await errorOf(invoke(bytes, name))).toMatchObject({
      name: "ValidationError",
      message: `Endpoint ${name} of account 123456789012 not found.`,
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("takes 4 MB, and refuses a byte more before the container sees it", async () => {
    const { container, invoke } = await setting(() => ({}));
    const limit = 4 * 1024 * 1024;

    await invoke(new Uint8Array(limit));
    const error = await errorOf(invoke(new Uint8Array(limit + 1)));

    expect(error).toMatchObject({ name: "ValidationError", message: expect.stringMatching(/has oversize body\.$/) });
    expect(container.requests).toHaveLength(1);
  });

  it("passes no answer on that is longer than 4 MB", async () => {
    const { invoke } = await setting(() => ({ body: new Uint8Array(4 * 1024 * 1024 + 1) }));

    expect(await errorOf(invoke(bytes))).toMatchObject({ name: "ModelError", OriginalStatusCode: 500 });
  });

  it.each([400, 404, 413, 500, 503])("makes a container's %i a ModelError with its words", async (status) => {
    const { invoke } = await setting(() => ({ status, body: "the container's words" }));

    expect(await errorOf(invoke(bytes))).toMatchObject({
      name: "ModelError",
      OriginalStatusCode: status,
      OriginalMessage: "the container's words",
      LogStreamArn: expect.stringContaining("/aws/sagemaker/Endpoints/fraud"),
      $metadata: { httpStatusCode: 424 },
    });
  });

  it("makes a container that breaks off a ModelError as well", async () => {
    const { invoke } = await setting(() => "reset");

    expect(await errorOf(invoke(bytes))).toMatchObject({ name: "ModelError", OriginalStatusCode: 503 });
  });

  it("waits 60 s for the container", async () => {
    const clock = manualClock({ auto: false });
    const { invoke } = await setting(() => "hang", { clock });
    let failed = false;

    const call = errorOf(invoke(bytes)).finally(() => {
      failed = true;
    });
    while (clock.sleepers() === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(59_999);
    const before = failed;
    await clock.advance(1);

    expect(before).toBe(false);
    expect(await call).toMatchObject({
      name: "ModelError",
      OriginalStatusCode: 0,
      OriginalMessage: expect.stringContaining("timed out"),
    });
  });

  it("is not ready for a while after the first request", async () => {
    const clock = manualClock({ auto: false });
    const { invoke } = await setting(() => ({}), { clock, coldStartMs: 2_000 });
    await clock.advance(10_000);

    const first = await errorOf(invoke(bytes));
    await clock.advance(1_999);
    const second = await errorOf(invoke(bytes));
    await clock.advance(1);
    const third = await invoke(bytes);

    for (const error of [first, second])
      expect(error).toMatchObject({ name: "ModelNotReadyException", $metadata: { httpStatusCode: 429 } });
    expect(third.$metadata.httpStatusCode).toBe(200);
  });

  it("has nothing on other routes", async () => {
    const { emulator } = await setting(() => ({}));

    for (const route of ["/", "/endpoints/fraud", "/endpoints/%zz/invocations"])
      expect((await fetch(emulator.endpoint + route, { method: "POST" })).status).toBe(400);
    expect((await fetch(`${emulator.endpoint}/endpoints/fraud/invocations`)).status).toBe(400);
  });
});
