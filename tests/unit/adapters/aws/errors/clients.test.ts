import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { HeadBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { describe, expect, it } from "@jest/globals";
import type { ErrorCode } from "sluice";
import { clientConfig } from "../../../../../adapters/aws/client";
import { awsError, cancelled, isConditionFailed, isNotFound } from "../../../../../adapters/aws/errors";
import { awsException, type StubReply, withAwsStub } from "../../../../support/aws-stub";
import { errorOf } from "../../../../support/contract";

const place = { stage: "store", adapter: "aws/store", coordinates: { table: "t" } } as const;

describe("real clients against a real server", () => {
  const s3Error = (status: number, name: string): StubReply => ({
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0"?><Error><Code>${name}</Code><Message>no</Message></Error>`,
  });

  it.each<[string, StubReply, ErrorCode]>([
    ["throttling", awsException("ProvisionedThroughputExceededException"), "throttled"],
    ["an outage", awsException("InternalFailure", 500), "unavailable"],
    ["a status without a body", { status: 530 }, "unavailable"],
    ["a proxy's page", { status: 200, body: "<html>" }, "unavailable"],
    ["a proxy's page with an error", { status: 503, body: "<html>busy" }, "unavailable"],
    ["a broken connection", "reset", "unavailable"],
    ["no answer", "hang", "timeout"],
    ["no stream", awsException("ResourceNotFoundException"), "unavailable"],
    ["bad credentials", awsException("UnrecognizedClientException"), "credentials"],
  ])("Kinesis: %s", async (_, reply, code) => {
    const thrown = await withAwsStub(
      () => reply,
      (stub) => errorOf(new KinesisClient(config(stub.endpoint)).send(putRecord())),
    );

    expect(awsError(thrown, place).code).toBe(code);
  });

  it.each<[StubReply, ErrorCode]>([
    [s3Error(404, "NoSuchBucket"), "unavailable"],
    [s3Error(503, "SlowDown"), "throttled"],
    [s3Error(301, "PermanentRedirect"), "unavailable"],
    [s3Error(403, "AccessDenied"), "credentials"],
    [s3Error(412, "PreconditionFailed"), "conflict"],
  ])("S3: %j", async (reply, code) => {
    const put = new PutObjectCommand({ Bucket: "b", Key: "k", Body: "x" });

    const thrown = await withAwsStub(
      () => reply,
      (stub) => errorOf(new S3Client(config(stub.endpoint)).send(put)),
    );

    expect(awsError(thrown, place).code).toBe(code);
    expect(isConditionFailed(thrown)).toBe(code === "conflict");
    expect(isNotFound(thrown)).toBe(false);
  });

  it("S3: an object or bucket that is not there", async () => {
    const thrown = await withAwsStub(
      () => ({ status: 404, body: "" }),
      (stub) => errorOf(new S3Client(config(stub.endpoint)).send(new HeadBucketCommand({ Bucket: "b" }))),
    );

    expect(isNotFound(thrown)).toBe(true);
  });

  it.each<[StubReply, ErrorCode]>([
    [{ status: 424, headers: { "x-amzn-errortype": "ModelError" }, body: { OriginalStatusCode: 400 } }, "model-input"],
    [{ status: 424, headers: { "x-amzn-errortype": "ModelError" }, body: { OriginalStatusCode: 0 } }, "unavailable"],
    [awsException("ModelNotReadyException", 429), "cold-start"],
    [awsException("ThrottlingException", 400, "", { "retry-after": "2" }), "throttled"],
  ])("SageMaker: %j", async (reply, code) => {
    const invoke = new InvokeEndpointCommand({ EndpointName: "e", Body: "x" });

    const thrown = await withAwsStub(
      () => reply,
      (stub) => errorOf(new SageMakerRuntimeClient(config(stub.endpoint)).send(invoke)),
    );
    const error = awsError(thrown, { ...place, stage: "infer" });

    expect(error.code).toBe(code);
    expect(error.retryAfterMs).toBe(code === "throttled" ? 2_000 : undefined);
  });

  it("nobody listens", async () => {
    const thrown = await errorOf(new KinesisClient(config("http://127.0.0.1:1")).send(putRecord()));

    expect(awsError(thrown, place).code).toBe("unavailable");
  });

  it("the caller's signal", async () => {
    const thrown = await withAwsStub(
      () => "hang",
      (stub) => {
        const abortSignal = AbortSignal.timeout(20);
        return errorOf(new KinesisClient(config(stub.endpoint)).send(putRecord(), { abortSignal }));
      },
    );

    expect(awsError(thrown, place).code).toBe("cancelled");
    expect(cancelled(place)).toMatchObject({ code: "cancelled", stage: "store", adapter: "aws/store" });
  });
});

function config(endpoint: string) {
  return clientConfig({ endpoint, maxAttempts: 1, requestTimeoutMs: 200 });
}

function putRecord(): PutRecordsCommand {
  return new PutRecordsCommand({ StreamName: "s", Records: [{ Data: Buffer.from("x"), PartitionKey: "k" }] });
}
