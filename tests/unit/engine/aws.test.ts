import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { UNKNOWN } from "../../engine/provider/values";
import { BUCKET, FUNCTION, MAPPING, makeWorker, openStage, ROLE, STREAM, type Stage, TABLE, TRUST } from "./stage";

const ALIAS = "aws:lambda/alias:Alias";
const CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration";
const FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream";
const PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig";

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => {
  stage.close();
});

describe("AWS refuses in the inputs", () => {
  const failures = (type: string, inputs: Record<string, unknown>) =>
    stage.provider.check("urn:pulumi:a::b::c::d", type, undefined, inputs).failures.map(({ property }) => property);
  const onDemand = { streamModeDetails: { streamMode: "ON_DEMAND" } };
  const mapping = { functionName: "f" };
  const serverless = (config: Record<string, unknown>) => ({
    productionVariants: [{ modelName: "m", serverlessConfig: { memorySizeInMb: 2048, maxConcurrency: 5, ...config } }],
  });
  const variant = "productionVariants[0].serverlessConfig";

  it.each<[string, string, Record<string, unknown>, string[]]>([
    ["shards of a stream on demand", STREAM, { ...onDemand, shardCount: 2 }, ["shardCount"]],
    ["a provisioned stream without shards", STREAM, {}, ["shardCount"]],
    ["no shards at all", STREAM, { shardCount: 0 }, ["shardCount"]],
    ["encryption without a key", STREAM, { ...onDemand, encryptionType: "KMS" }, ["kmsKeyId"]],
    ["a destination as the documentation spells it", FIREHOSE, { destination: "extendedS3" }, ["destination"]],
    [
      "an architecture as the documentation spells it",
      FUNCTION,
      { role: "r", architectures: ["x8664"] },
      ["architectures[0]"],
    ],
    ["a runtime that has ended", FUNCTION, { role: "r", runtime: "nodejs20.x" }, ["runtime"]],
    ["a large batch without a window", MAPPING, { ...mapping, batchSize: 100 }, ["maximumBatchingWindowInSeconds"]],
    [
      "eleven batches of a shard",
      MAPPING,
      { ...mapping, batchSize: 1, parallelizationFactor: 11 },
      ["parallelizationFactor"],
    ],
    [
      "an age of 30 seconds",
      MAPPING,
      { ...mapping, batchSize: 1, maximumRecordAgeInSeconds: 30 },
      ["maximumRecordAgeInSeconds"],
    ],
    [
      "a misspelt response type",
      MAPPING,
      { ...mapping, batchSize: 1, functionResponseTypes: ["BatchItemFailures"] },
      ["functionResponseTypes[0]"],
    ],
    [
      "warm functions of $LATEST",
      PROVISIONED,
      { functionName: "f", qualifier: "$LATEST", provisionedConcurrentExecutions: 1 },
      ["qualifier"],
    ],
    [
      "an attribute that is no key",
      TABLE,
      {
        hashKey: "pk",
        attributes: [
          { name: "pk", type: "S" },
          { name: "x", type: "S" },
        ],
      },
      ["attributes"],
    ],
    [
      "an odd memory size of an endpoint",
      CONFIGURATION,
      serverless({ memorySizeInMb: 1500 }),
      [`${variant}.memorySizeInMb`],
    ],
    [
      "more warm than there can be",
      CONFIGURATION,
      serverless({ provisionedConcurrency: 6 }),
      [`${variant}.provisionedConcurrency`],
    ],
    ["a policy that is not JSON", "aws:iam/rolePolicy:RolePolicy", { role: "r", policy: "{" }, ["policy"]],
    ["a bucket's name in capitals", BUCKET, { bucket: "Raw" }, ["bucket"]],
  ])("%s", (_, type, inputs, expected) => {
    expect(failures(type, inputs)).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    [STREAM, { ...onDemand, encryptionType: "KMS", kmsKeyId: UNKNOWN }],
    [
      MAPPING,
      { functionName: UNKNOWN, batchSize: 100, maximumBatchingWindowInSeconds: UNKNOWN, maximumRecordAgeInSeconds: -1 },
    ],
    [CONFIGURATION, serverless({ maxConcurrency: UNKNOWN, provisionedConcurrency: 100 })],
    [TABLE, { hashKey: "pk", attributes: [{ name: UNKNOWN, type: "S" }] }],
    ["aws:iam/rolePolicy:RolePolicy", { role: UNKNOWN, policy: UNKNOWN }],
  ])("nothing of %s that is right or not known yet", (type, inputs) => {
    expect(failures(type, inputs)).toEqual([]);
  });
});

describe("AWS refuses to make", () => {
  it("a function for a role that does not exist", async () => {
    const role = "arn:aws:iam::111122223333:role/nobody";

    await expect(stage.make(FUNCTION, "f", { role })).rejects.toThrow("role names no aws:iam/role:Role that exists");
  });

  it("a mapping whose function may not read the stream", async () => {
    const stream = await stage.make(STREAM, "s", { shardCount: 1 });
    const role = await stage.make(ROLE, "r", { assumeRolePolicy: TRUST });
    const worker = await stage.make(FUNCTION, "f", { role: role.outputs["arn"] });

    const mapping = { eventSourceArn: stream.id, functionName: worker.id, batchSize: 1 };

    await expect(stage.make(MAPPING, "m", mapping)).rejects.toThrow("has no permission to call kinesis:GetRecords");
  });

  it("a second mapping of the same stream and function, while the first lives", async () => {
    const { stream, worker } = await makeWorker(stage);
    const mapping = { eventSourceArn: stream.id, functionName: worker.id, batchSize: 1 };
    const first = await stage.make(MAPPING, "m", mapping);

    await expect(stage.make(MAPPING, "m", mapping)).rejects.toThrow("409 Conflict");
    stage.provider.delete(first);
    await expect(stage.make(MAPPING, "m", mapping)).resolves.toBeDefined();
  });

  it("an alias of a version that was never published", async () => {
    const { worker } = await makeWorker(stage);
    const alias = (functionVersion: string) => stage.make(ALIAS, "live", { functionName: worker.id, functionVersion });

    await expect(alias("2")).rejects.toThrow("Function version 2 does not exist");
    await expect(alias("1")).resolves.toMatchObject({
      outputs: { arn: expect.stringMatching(/:function:worker-.*:live-/) },
    });
  });

  it("more warm functions than are reserved", async () => {
    const { worker } = await makeWorker(stage);
    stage.provider.update(worker, worker, { ...worker.inputs, reservedConcurrentExecutions: 2 }, false);
    const warm = { functionName: worker.id, qualifier: "live", provisionedConcurrentExecutions: 3 };

    await expect(stage.make(PROVISIONED, "warm", warm)).rejects.toThrow("greater than the reserved concurrency 2");
  });
});

describe("AWS refuses to delete", () => {
  it("a table that is protected", async () => {
    const table = await stage.make(TABLE, "t", {
      hashKey: "pk",
      attributes: [{ name: "pk", type: "S" }],
      deletionProtectionEnabled: true,
    });

    expect(() => stage.provider.delete(table)).toThrow("protected against deletion");
    expect(stage.provider.read(table)).toBeDefined();
  });

  it("a bucket with an object in it, unless that is forced", async () => {
    for (const forceDestroy of [false, true]) {
      const bucket = await stage.make(BUCKET, `b${Number(forceDestroy)}`, { forceDestroy });
      await stage.make("aws:s3/bucketObjectv2:BucketObjectv2", `o${Number(forceDestroy)}`, {
        bucket: bucket.id,
        content: "",
      });

      const remove = () => stage.provider.delete(bucket);

      if (forceDestroy) expect(remove).not.toThrow();
      else expect(remove).toThrow("BucketNotEmpty");
    }
  });
});
