import { describe, expect, it } from "@jest/globals";
import { CONFIGURATIONS, ENDPOINT, type Stack, stackOf } from "./stack";

/** Ways in which such stacks are known to fail, by the number that they have in the project's notes on AWS. */
describe("known pitfalls of AWS", () => {
  it("1: the runtime is not one that AWS no longer lets anybody create or update", async () => {
    const { get } = await stackOf({});

    expect(get("function").inputs.runtime).toBe("nodejs24.x");
  });

  it("2: literals are the service's own, not those of the SDK's documentation", async () => {
    const { get } = await stackOf({});

    expect(get("archive").inputs.destination).toBe("extended_s3");
    expect(get("function").inputs).toMatchObject({ architectures: ["arm64"], packageType: "Zip" });
    expect(get("stream").inputs.streamModeDetails).toEqual({ streamMode: "ON_DEMAND" });
  });

  it("3: partial batch responses come with bisecting", async () => {
    const { get } = await stackOf({});

    expect(get("mapping").inputs).toMatchObject({
      functionResponseTypes: ["ReportBatchItemFailures"],
      bisectBatchOnFunctionError: true,
    });
  });

  it("4: retries and record age are finite, and there is a destination for what they give up", async () => {
    const { get } = await stackOf({});

    expect(get("mapping").inputs).toMatchObject({ maximumRetryAttempts: 10, maximumRecordAgeInSeconds: 3600 });
    expect(get("mapping").inputs.destinationConfig.onFailure.destinationArn).toBeDefined();
  });

  it("5: the destination of given-up batches is the bucket: a queue would get no payload", async () => {
    const { get } = await stackOf({});

    expect(get("mapping").inputs.destinationConfig.onFailure.destinationArn).toMatch(/:s3:.*sluice-aws-bucket$/);
  });

  it("12: model and endpoint configuration have no fixed name, and a new model has a new key", async () => {
    const { get } = await stackOf(ENDPOINT);

    expect(get("model").inputs).not.toHaveProperty("name");
    expect(get("endpoint-configuration").inputs).not.toHaveProperty("name");
    expect(get("model-object").inputs.key).toContain("0123abcd");
    // The old object must outlive the endpoint's update; the provider would delete what has a key of ours first.
    expect(get("model-object").deleteBeforeReplace).toBe(false);
    for (const unsupported of ["vpcConfig", "enableNetworkIsolation", "modelDataSource"])
      expect(JSON.stringify(get("model").inputs)).not.toContain(unsupported);
    expect(get("endpoint-configuration").inputs).not.toHaveProperty("dataCaptureConfig");
  });

  it("13: the mapping keeps its position: never two at once, and a changed starting position changes nothing", async () => {
    const { get } = await stackOf({ protect: "true" });

    expect(get("mapping")).toMatchObject({
      deleteBeforeReplace: true,
      ignoreChanges: ["startingPosition"],
      protect: true,
    });
    expect(get("mapping").inputs.eventSourceArn).toMatch(/sluice-aws-stream$/);
  });

  it("14: what scaling has done is not undone by the next deployment, and warm functions have a version", async () => {
    const scaled = await stackOf(CONFIGURATIONS["functions scaled"]);
    const fixed = await stackOf(CONFIGURATIONS["functions kept warm"]);

    expect(scaled.get("provisioned-concurrency").ignoreChanges).toEqual(["provisionedConcurrentExecutions"]);
    expect(fixed.get("provisioned-concurrency").ignoreChanges).toEqual([]);
    expect(scaled.get("provisioned-concurrency").inputs.qualifier).toBe("live");
    expect(scaled.get("alias").inputs.functionVersion).toBe("7");
    expect(scaled.get("function").inputs.publish).toBe(true);
    expect(scaled.get("mapping").inputs.functionName).toMatch(/sluice-aws-alias$/);
    expect(scaled.get("function-scaling-target").inputs).toMatchObject({
      serviceNamespace: "lambda",
      resourceId: "function:sluice-aws-worker:live",
      minCapacity: 2,
      maxCapacity: 8,
    });
  });

  it("14: an endpoint is scaled by its own metric, Lambda's is refused", async () => {
    const { get } = await stackOf(CONFIGURATIONS["an endpoint kept warm"]);

    expect(get("endpoint-configuration").inputs.productionVariants[0].serverlessConfig.provisionedConcurrency).toBe(1);
    expect(get("endpoint-scaling-target").inputs).toMatchObject({
      scalableDimension: "sagemaker:variant:DesiredProvisionedConcurrency",
      resourceId: "endpoint/sluice-aws-endpoint/variant/main",
    });
    const { targetTrackingScalingPolicyConfiguration: tracking } = get("endpoint-scaling-policy").inputs;
    expect(tracking.predefinedMetricSpecification.predefinedMetricType).toBe(
      "SageMakerVariantProvisionedConcurrencyUtilization",
    );
  });

  it("15: an on-demand stream has no shard count, a provisioned one has", async () => {
    const onDemand = await stackOf({});
    const provisioned = await stackOf(CONFIGURATIONS["provisioned shards"]);

    expect(onDemand.get("stream").inputs).not.toHaveProperty("shardCount");
    expect(provisioned.get("stream").inputs).toMatchObject({
      shardCount: 2,
      streamModeDetails: { streamMode: "PROVISIONED" },
    });
  });

  it("16: whoever publishes to the encrypted topic may use its key, and may publish", async () => {
    const { get } = await stackOf(CONFIGURATIONS.everything);
    const publishers = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"];

    expect(statement(get("key").inputs.policy, "Publishers").Principal.Service).toEqual(publishers);
    expect(statement(get("alarm-topic-policy").inputs.policy, "Publishers").Principal.Service).toEqual(publishers);
    expect(statement(get("dead-letter-queue-policy").inputs.policy, "Undelivered").Principal.Service).toBe(
      "events.amazonaws.com",
    );
    expect(get("alarm-topic").inputs.kmsMasterKeyId).toMatch(/sluice-aws-key$/);
  });

  it("19: records stay at 1 MiB, which Lambda and Firehose can carry", async () => {
    const { get } = await stackOf({});

    expect(get("stream").inputs.maxRecordSizeInKib).toBe(1024);
  });

  it("22: an endpoint asks for no more than a new account has", async () => {
    const { get } = await stackOf(ENDPOINT);

    expect(get("endpoint-configuration").inputs.productionVariants[0].serverlessConfig.maxConcurrency).toBe(5);
    expect(get("function").inputs.reservedConcurrentExecutions).toBe(5);
  });

  it("22: reserving can be left off where an account has too little", async () => {
    const { get } = await stackOf({ reservedConcurrency: "none" });

    expect(get("function").inputs).not.toHaveProperty("reservedConcurrentExecutions");
  });

  it("23: a trial can be destroyed, and production cannot", async () => {
    const trial = await stackOf({ forceDestroy: "true" });
    const production = await stackOf({ protect: "true", deletionProtection: "true" });

    expect([destroyable(trial), destroyable(production)]).toEqual([
      { forceDestroy: true, deletionProtection: false },
      { forceDestroy: false, deletionProtection: true },
    ]);
  });

  it("24: no secret, no ARN and no debug log is in the function's environment", async () => {
    const { get } = await stackOf(CONFIGURATIONS.everything);
    const { variables } = get("function").inputs.environment;

    expect(Object.keys(variables).filter((name) => !name.startsWith("SLUICE_"))).toEqual([]);
    expect(Object.values(variables).filter((text) => String(text).startsWith("arn:"))).toEqual([]);
  });
});

function destroyable({ get }: Stack) {
  return {
    forceDestroy: get("bucket").inputs.forceDestroy,
    deletionProtection: get("table").inputs.deletionProtectionEnabled,
  };
}

function statement(policy: string, sid: string) {
  return JSON.parse(policy).Statement.find(({ Sid }: { Sid: string }) => Sid === sid);
}
