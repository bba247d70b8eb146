import { describe, expect, it } from "@jest/globals";
import { ACCOUNT, type Recorded } from "./recorder";
import { CONFIGURATIONS, ENDPOINT, type Stack, stackOf } from "./stack";

interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: unknown;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string>>;
}

/** Actions that know no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/. */
const WITHOUT_RESOURCE = [
  "kinesis:ListStreams",
  "xray:PutTelemetryRecords",
  "xray:PutTraceSegments",
  "ecr:GetAuthorizationToken",
  "cloudwatch:PutMetricData",
];

describe.each(Object.entries(CONFIGURATIONS))("the rights in an AWS stack, with %s,", (_, given) => {
  it("name every action in full", async () => {
    const { resources } = await stackOf(given);

    const loose = statementsOf(resources, "iam/rolePolicy")
      .flatMap(({ Action }) => list(Action))
      .filter((action) => action.includes("*"));
    expect(loose).toEqual([]);
  });

  it("name a resource wherever the action knows one", async () => {
    const { resources } = await stackOf(given);

    const wide = statementsOf(resources, "iam/rolePolicy").filter(({ Resource }) => list(Resource).includes("*"));
    expect(wide.flatMap(({ Action }) => list(Action)).filter((action) => !WITHOUT_RESOURCE.includes(action))).toEqual(
      [],
    );
  });

  it("let only a service take a role, and only for this account", async () => {
    const { resources } = await stackOf(given);
    const roles = resources.filter(({ type }) => type === "aws:iam/role:Role");

    expect(roles.length).toBeGreaterThan(0);
    for (const { inputs } of roles)
      expect(JSON.parse(inputs.assumeRolePolicy).Statement).toEqual([
        {
          Sid: "Trust",
          Effect: "Allow",
          Principal: { Service: expect.stringMatching(/^(firehose|lambda|sagemaker)\.amazonaws\.com$/) },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
        },
      ]);
  });

  it("give each role one policy, and let what uses it wait for both", async () => {
    const { resources } = await stackOf(given);
    const names = (type: string) =>
      resources
        .filter((one) => one.type.startsWith(`aws:iam/${type}:`))
        .map(({ name }) => name)
        .sort();

    expect(names("rolePolicy").map((name) => name.replace(/-policy$/, ""))).toEqual(
      names("role").map((name) => name.replace(/-role$/, "")),
    );
    for (const policy of names("rolePolicy"))
      expect(resources.some(({ dependsOn }) => dependsOn.includes(policy))).toBe(true);
  });

  it("allow nobody else anything on key, queue, topic and bucket", async () => {
    const { resources } = await stackOf(given);
    const ofResources = ["kms/key", "sqs/queuePolicy", "sns/topicPolicy", "s3/bucketPolicy"].flatMap((type) =>
      statementsOf(resources, type),
    );

    for (const { Sid, Effect, Principal, Condition } of ofResources) {
      if (Effect === "Deny") expect(Condition).toEqual({ Bool: { "aws:SecureTransport": "false" } });
      else if (Sid === "Account") expect(Principal).toEqual({ AWS: `arn:aws:iam::${ACCOUNT}:root` });
      else expect(JSON.stringify(Condition)).toContain(ACCOUNT);
      if (Effect === "Allow") expect(JSON.stringify(Principal)).not.toContain("*");
    }
  });
});

describe("the function", () => {
  it("may do what its adapters and the mapping call, and nothing else", async () => {
    const stack = await stackOf({});

    expect(actionsOf(stack, "function-policy")).toEqual({
      Read: [
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
        "kinesis:SubscribeToShard",
      ],
      List: ["kinesis:ListStreams"],
      Store: ["dynamodb:BatchWriteItem", "dynamodb:PutItem"],
      Write: ["s3:PutObject"],
      ListBucket: ["s3:ListBucket"],
      Act: ["events:PutEvents"],
      Logs: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Trace: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
      Key: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
    });
  });

  it("writes only its own parts of the bucket", async () => {
    const plain = await stackOf({});
    const full = await stackOf({ ndjson: "true" });

    expect(resourcesOf(plain, "Write")).toEqual(["dead-letters/*", "aws/lambda/*"]);
    expect(resourcesOf(full, "Write")).toEqual(["dead-letters/*", "aws/lambda/*", "predictions/*"]);
  });

  it("may call the endpoint where there is one", async () => {
    const stack = await stackOf(ENDPOINT);

    expect(actionsOf(stack, "function-policy")).toMatchObject({ Infer: ["sagemaker:InvokeEndpoint"] });
  });
});

describe("the endpoint", () => {
  it("may read the model and pull its own image, and no other repository's", async () => {
    const stack = await stackOf(ENDPOINT);
    const statements = statementsOf([stack.get("model-policy")], "iam/rolePolicy");

    const pull = statements.find(({ Sid }) => Sid === "Pull");
    expect(pull?.Resource).toBe("arn:aws:ecr:us-east-1:123456789012:repository/sluice");
    const metrics = statements.find(({ Sid }) => Sid === "Metrics");
    expect(metrics?.Condition).toEqual({ StringEquals: { "cloudwatch:namespace": "/aws/sagemaker/Endpoints" } });
  });
});

function statementsOf(resources: readonly Recorded[], type: string): Statement[] {
  return resources
    .filter((resource) => resource.type.startsWith(`aws:${type}:`))
    .flatMap(({ inputs }) => (JSON.parse(inputs.policy) as { Statement: Statement[] }).Statement);
}

function actionsOf({ get }: Stack, name: string): Record<string, string[]> {
  const statements = statementsOf([get(name)], "iam/rolePolicy");
  return Object.fromEntries(statements.map(({ Sid, Action }) => [Sid, list(Action)]));
}

/** Object patterns below the bucket. */
function resourcesOf({ get }: Stack, sid: string): string[] {
  const statements = statementsOf([get("function-policy")], "iam/rolePolicy");
  return list(statements.find(({ Sid }) => Sid === sid)?.Resource).map((arn) =>
    arn.replace(/^.*sluice-aws-bucket\//, ""),
  );
}

function list(value: string | string[] = []): string[] {
  return typeof value === "string" ? [value] : value;
}
