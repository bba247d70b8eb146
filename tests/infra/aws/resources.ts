import { describe, expect, it } from "@jest/globals";
import type { AwsResources, AwsTransforms } from "../../../infra/aws/resources";
import { outputsOf } from "../stack";
import { protecting } from "../transforms";
import { CONFIGURATIONS, ENDPOINT, stackOf } from "./stack";

const ALWAYS = [
  "alarm-archive-late",
  "alarm-dead-letters",
  "alarm-errors",
  "alarm-given-up",
  "alarm-ingest-throttles",
  "alarm-late",
  "alarm-store-throttles",
  "alarm-throttles",
  "alarm-topic",
  "alarm-topic-policy",
  "alias",
  "archive",
  "archive-log-stream",
  "archive-logs",
  "archive-policy",
  "archive-role",
  "bucket",
  "bucket-encryption",
  "bucket-lifecycle",
  "bucket-notification",
  "bucket-ownership",
  "bucket-policy",
  "bucket-public-access-block",
  "bucket-versioning",
  "bus",
  "dashboard",
  "dead-letter-queue",
  "dead-letter-queue-policy",
  "function",
  "function-logs",
  "function-policy",
  "function-role",
  "key",
  "key-alias",
  "mapping",
  "page-alarm",
  "stream",
  "table",
];
const FOR_ENDPOINT = [
  "alarm-model-errors",
  "alarm-model-slow",
  "alarm-model-throttles",
  "endpoint",
  "endpoint-configuration",
  "model",
  "model-object",
  "model-policy",
  "model-role",
];
const FOR_WARM = ["alarm-cold", "provisioned-concurrency"];
const SCALED = (what: string) => [`${what}-scaling-policy`, `${what}-scaling-target`];

describe("the resources of an AWS stack", () => {
  it.each<[keyof typeof CONFIGURATIONS, string[]]>([
    ["in process", []],
    ["an endpoint", FOR_ENDPOINT],
    ["an endpoint kept warm", [...FOR_ENDPOINT, ...SCALED("endpoint")]],
    ["functions kept warm", FOR_WARM],
    ["functions scaled", [...FOR_WARM, ...SCALED("function")]],
    ["provisioned shards", []],
    [
      "everything",
      [
        ...FOR_ENDPOINT,
        ...FOR_WARM,
        ...SCALED("endpoint"),
        ...SCALED("function"),
        ...["action-rule", "action-target", "alarm-email", "bucket-logging", "budget"],
      ],
    ],
  ])("with %s are the ones listed", async (configuration, more) => {
    const { names } = await stackOf(CONFIGURATIONS[configuration]);

    expect(names).toEqual([...ALWAYS, ...more].sort());
  });

  it("have no archive, no bus and no rights on them where none is wanted", async () => {
    const stack = await stackOf(CONFIGURATIONS["the least"], { hasActions: false });

    expect(stack.names).toEqual(ALWAYS.filter((name) => !/^(alarm-)?archive|^bus$/.test(name)));
    expect(stack.outputs).toMatchObject({ archive: "", actions: "" });
    expect(stack.get("function-policy").inputs.policy).not.toMatch(/events:|xray:/);
  });

  it.each(Object.keys(CONFIGURATIONS) as (keyof typeof CONFIGURATIONS)[])(
    "carry the stack's and the user's tags wherever the service takes tags, with %s",
    async (configuration) => {
      const { resources } = await stackOf({ ...CONFIGURATIONS[configuration], tags: '{"team":"payments"}' });

      const untagged = resources.filter(({ inputs }) => inputs.tags?.team !== "payments").map(({ type }) => type);
      expect(new Set(untagged.filter((type) => !TAKES_NO_TAGS.test(type)))).toEqual(new Set());
      for (const { inputs } of resources)
        if (inputs.tags)
          expect(inputs.tags).toMatchObject({ "sluice-stack": "sluice/aws", "sluice-pipeline": "card-fraud" });
    },
  );

  it("are all children of the one component", async () => {
    const { resources } = await stackOf(CONFIGURATIONS.everything);

    for (const { parent } of resources) expect(parent).toMatch(/sluice:aws:Pipeline::sluice-aws-pipeline$/);
  });
});

/** Types of the SDK whose arguments have no `tags`. */
const TAKES_NO_TAGS =
  /^aws:(?:kms\/alias|s3\/bucket(?!:|Objectv2)|sqs\/queuePolicy|sns\/topic(?:Policy|Subscription)|iam\/rolePolicy|lambda\/(?:alias|provisioned)|cloudwatch\/(?:logStream|dashboard|eventTarget)|appautoscaling\/policy)/;

describe("a transform", () => {
  it("reaches every inner resource, as object and as function", async () => {
    const { resources: before } = await stackOf(CONFIGURATIONS.everything);
    const { transform, reached } = protecting<AwsTransforms>(new Set(before.map(({ name }) => keyOf(name))));

    const { resources } = await stackOf({ ...CONFIGURATIONS.everything, protect: "false" }, { transform });

    expect(reached).toEqual(new Set(before.map(({ name }) => name)));
    expect(resources.filter(({ protect }) => !protect)).toEqual([]);
  });

  it("overrides single arguments", async () => {
    const stack = await stackOf({}, { transform: { stream: { retentionPeriod: 48 }, mapping: { batchSize: 7 } } });

    expect(stack.get("stream").inputs).toMatchObject({ retentionPeriod: 48, encryptionType: "KMS" });
    expect(stack.get("mapping").inputs).toMatchObject({ batchSize: 7, parallelizationFactor: 2 });
  });
});

/** `sluice-aws-bucket-policy` as `bucketPolicy`; all alarms but the composite one share a name. */
function keyOf(name: string): keyof AwsResources {
  const key = name.replace(/^sluice-aws-/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return (/^alarm(?!Topic|Email)/.test(key) ? "alarm" : key) as keyof AwsResources;
}

describe("the outputs of an AWS stack", () => {
  it("name everything that the command line and other programs need", async () => {
    const { outputs } = await stackOf({});

    expect(outputs).toEqual({
      cloud: "aws",
      region: "us-east-1",
      pipeline: "card-fraud",
      ingest: "sluice-aws-stream",
      store: "sluice-aws-table",
      deadLetters: "sluice-aws-bucket",
      archive: "sluice-aws-bucket",
      actions: "sluice-aws-bus",
      inference: "in-process",
      function: "sluice-aws-worker",
      dashboard:
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/sluice-aws-pipeline",
    });
  });

  it("have the same names in every configuration, and each is a text", async () => {
    const all = await outputsOf(stackOf, CONFIGURATIONS);

    for (const outputs of all) {
      expect(Object.keys(outputs)).toEqual(Object.keys(all[0]!));
      expect(Object.values(outputs).every((text) => typeof text === "string")).toBe(true);
    }
  });

  it("name the endpoint where the model is behind one", async () => {
    const { outputs } = await stackOf(ENDPOINT);

    expect(outputs.inference).toBe("sluice-aws-endpoint");
  });
});
