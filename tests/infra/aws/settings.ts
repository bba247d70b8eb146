import { describe, expect, it } from "@jest/globals";
import { CONFIGURATIONS, ENDPOINT, stackOf } from "./stack";

const STATEFUL = ["bucket", "key", "mapping", "stream", "table"];

describe("the settings of an AWS stack", () => {
  it("archive raw events by the hour, compressed, a line each", async () => {
    const { get } = await stackOf({});

    expect(get("archive").inputs.extendedS3Configuration).toMatchObject({
      compressionFormat: "GZIP",
      prefix: "raw/dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/",
      errorOutputPrefix: "errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/",
      processingConfiguration: { enabled: true, processors: [{ type: "AppendDelimiterToRecord" }] },
    });
    expect(get("archive").inputs.extendedS3Configuration).not.toHaveProperty("dynamicPartitioningConfiguration");
    expect(get("archive").dependsOn).toContain("sluice-aws-archive-policy");
  });

  it("map the stream to the function as the configuration says", async () => {
    const { get } = await stackOf({
      batchSize: "500",
      batchWindowSeconds: "3",
      parallelization: "5",
      retries: "4",
      maxRecordAgeSeconds: "600",
    });

    expect(get("mapping").inputs).toMatchObject({
      batchSize: 500,
      maximumBatchingWindowInSeconds: 3,
      parallelizationFactor: 5,
      maximumRetryAttempts: 4,
      maximumRecordAgeInSeconds: 600,
      startingPosition: "TRIM_HORIZON",
      metricsConfig: { metrics: ["EventCount"] },
    });
    expect(get("mapping").dependsOn).toContain("sluice-aws-function-policy");
  });

  it("tell the function where everything is", async () => {
    const plain = await stackOf({});
    const full = await stackOf(CONFIGURATIONS.everything);

    expect(plain.get("function").inputs.environment.variables).toEqual({
      SLUICE_TABLE: "sluice-aws-table",
      SLUICE_BUCKET: "sluice-aws-bucket",
      SLUICE_BUS: "sluice-aws-bus",
      SLUICE_INFERENCE: "in-process",
    });
    expect(full.get("function").inputs.environment.variables).toEqual({
      SLUICE_TABLE: "sluice-aws-table",
      SLUICE_BUCKET: "sluice-aws-bucket",
      SLUICE_BUS: "sluice-aws-bus",
      SLUICE_INFERENCE: "endpoint",
      SLUICE_ENDPOINT: "sluice-aws-endpoint",
      SLUICE_TTL_DAYS: "90",
      SLUICE_NDJSON_PREFIX: "predictions/",
      SLUICE_LATEST: "1",
    });
  });

  it("keep logs for a time, encrypted, in groups that are there before what writes to them", async () => {
    const { get } = await stackOf({ logRetentionDays: "30" });

    expect(get("function-logs").inputs).toMatchObject({
      name: "/aws/lambda/sluice-aws-worker",
      retentionInDays: 30,
      kmsKeyId: expect.stringMatching(/-key$/),
    });
    expect(get("function").inputs.loggingConfig).toEqual({
      logFormat: "JSON",
      applicationLogLevel: "INFO",
      systemLogLevel: "WARN",
      logGroup: "/aws/lambda/sluice-aws-worker",
    });
    expect(get("archive-logs").inputs).toMatchObject({ retentionInDays: 30 });
  });

  it("make the table expire rows, keep backups, and cost no more than it may", async () => {
    const { get } = await stackOf({ maxWriteUnits: "500" });

    expect(get("table").inputs).toMatchObject({
      billingMode: "PAY_PER_REQUEST",
      hashKey: "pk",
      rangeKey: "sk",
      ttl: { attributeName: "expiresAt", enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
      onDemandThroughput: { maxWriteRequestUnits: 500 },
    });
  });

  it("close the bucket to the public, to other owners and to plain HTTP, and encrypt and version it", async () => {
    const { get } = await stackOf({});

    expect(get("bucket-public-access-block").inputs).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(get("bucket-ownership").inputs.rule).toEqual({ objectOwnership: "BucketOwnerEnforced" });
    expect(get("bucket-encryption").inputs.rules[0]).toMatchObject({
      bucketKeyEnabled: true,
      applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" },
    });
    expect(get("bucket-versioning").inputs.versioningConfiguration).toEqual({ status: "Enabled" });
    expect(get("bucket-policy").inputs.policy).toContain('"aws:SecureTransport":"false"');
    const ids = get("bucket-lifecycle").inputs.rules.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(["raw", "errors", "leftovers"]);
  });

  it("never let dead letters expire", async () => {
    const { get } = await stackOf({});

    const expiring = get("bucket-lifecycle").inputs.rules.filter(
      ({ expiration }: { expiration: { days?: number } }) => expiration.days !== undefined,
    );
    expect(expiring.map(({ filter }: { filter: { prefix: string } }) => filter.prefix)).toEqual(["raw/", "errors/"]);
  });

  it("tell the queue of our own dead letters and of the mapping's, once it may be told", async () => {
    const { get } = await stackOf({});
    const { queues } = get("bucket-notification").inputs;

    expect(queues.map(({ filterPrefix }: { filterPrefix: string }) => filterPrefix)).toEqual([
      "dead-letters/",
      "aws/lambda/",
    ]);
    expect(get("bucket-notification").dependsOn).toContain("sluice-aws-dead-letter-queue-policy");
    expect(get("dead-letter-queue").inputs).toMatchObject({
      messageRetentionSeconds: 1_209_600,
      sqsManagedSseEnabled: true,
    });
  });

  it("protect what holds data or positions if asked, and nothing otherwise", async () => {
    const kept = (await stackOf({ protect: "true" })).resources.filter(({ protect }) => protect);
    const free = (await stackOf({})).resources.filter(({ protect }) => protect);

    expect(kept.map(({ name }) => name.replace("sluice-aws-", "")).sort()).toEqual(STATEFUL);
    expect(free).toEqual([]);
  });

  it("warn of late, failing and refused work, and say what to do", async () => {
    const { resources, get } = await stackOf(CONFIGURATIONS.everything);
    const alarms = resources.filter(({ type }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm");

    expect(alarms).toHaveLength(12);
    for (const { inputs } of alarms) {
      expect(inputs).toMatchObject({
        treatMissingData: "notBreaching",
        alarmActions: [expect.stringMatching(/topic$/)],
      });
      expect(inputs.alarmDescription).toMatch(/\.$/);
      expect(inputs.statistic === undefined).toBe(inputs.extendedStatistic === "p99");
    }
    expect(get("page-alarm").inputs.alarmRule).toBe(
      'ALARM("sluice-aws-alarm-late") AND (ALARM("sluice-aws-alarm-errors") OR ALARM("sluice-aws-alarm-throttles"))',
    );
    expect(get("alarm-given-up").inputs.dimensions).toEqual({ EventSourceMappingUUID: "sluice-aws-mapping-uuid" });
  });

  it("count the budget by the stack's own tag", async () => {
    const { get } = await stackOf({ monthlyBudgetUsd: "50" });

    expect(get("budget").inputs).toMatchObject({
      limitAmount: "50",
      costFilters: [{ name: "TagKeyValue", values: ["user:sluice-stack$sluice/aws"] }],
    });
  });

  it("use the stack's own key for the stream and the environment only if asked", async () => {
    const own = await stackOf({ customerManagedKey: "true" });
    const plain = await stackOf({});

    expect(own.get("stream").inputs.kmsKeyId).toMatch(/sluice-aws-key$/);
    expect(own.get("function").inputs.kmsKeyArn).toMatch(/sluice-aws-key$/);
    expect(plain.get("stream").inputs).toMatchObject({ encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" });
    expect(plain.get("function").inputs).not.toHaveProperty("kmsKeyArn");
  });

  it("encrypt the endpoint and let only the newest model be served", async () => {
    const { get } = await stackOf(ENDPOINT);

    expect(get("endpoint-configuration").inputs).toMatchObject({
      kmsKeyArn: expect.stringMatching(/-key$/),
      productionVariants: [
        {
          variantName: "main",
          modelName: "sluice-aws-model",
          serverlessConfig: { memorySizeInMb: 2048, maxConcurrency: 5 },
        },
      ],
    });
    expect(get("model").inputs.primaryContainer.modelDataUrl).toBe(
      "s3://sluice-aws-bucket/models/0123abcd/model.tar.gz",
    );
    expect(get("model").dependsOn).toContain("sluice-aws-model-policy");
  });
});
