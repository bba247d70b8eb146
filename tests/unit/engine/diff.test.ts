import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { UNKNOWN } from "../../engine/provider/values";
import { FUNCTION, LOG_GROUP, MAPPING, openStage, STREAM, type Stage, TABLE, urnOf } from "./stage";

const CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration";
const ENDPOINT = "aws:sagemaker/endpoint:Endpoint";
const MODEL = "aws:sagemaker/model:Model";
const ARCHIVE = { "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7" };

let stage: Stage;
beforeAll(() => {
  stage = openStage();
});
afterAll(() => {
  stage.close();
});

function diff(type: string, before: Record<string, unknown>, after: Record<string, unknown>) {
  const { changes, deleteBeforeReplace } = stage.provider.diff({ urn: urnOf(type, "x"), type, id: "x" }, before, after);
  return {
    changes: changes.map(({ path, kind, replaces }) => `${replaces ? "replace" : kind} ${path}`),
    deleteBeforeReplace,
  };
}

describe("a difference", () => {
  it("is named by the deepest path that both sides have", () => {
    const before = { environment: { variables: { A: "1", B: "2" } }, layers: ["x"], tags: { "a.b": "1" } };
    const after = { environment: { variables: { A: "1", B: "3" } }, layers: ["x", "y"], tags: {}, timeout: 5 };

    expect(diff(FUNCTION, before, after).changes).toEqual([
      "update environment.variables.B",
      "add layers[1]",
      'delete tags["a.b"]',
      "add timeout",
    ]);
  });

  it("is none between equal inputs, whatever the provider notes beside them", () => {
    expect(diff(STREAM, { name: "s", __defaults: ["name"] }, { name: "s", __defaults: [] }).changes).toEqual([]);
  });

  it("of an archive is that of its content, not of its place", () => {
    const archive = (hash: string, path: string) => ({ code: { ...ARCHIVE, hash, path } });

    expect(diff(FUNCTION, archive("1", "/a"), archive("1", "/b")).changes).toEqual([]);
    expect(diff(FUNCTION, archive("1", "/a"), archive("2", "/a")).changes).toEqual(["update code"]);
  });
});

describe("a replacement", () => {
  it.each<[string, string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    ["a key of a table", TABLE, { rangeKey: "sk" }, { rangeKey: "id" }, ["replace rangeKey"]],
    ["a key that is not known yet", TABLE, { hashKey: "pk" }, { hashKey: UNKNOWN }, ["replace hashKey"]],
    ["the shards of a stream: not", STREAM, { shardCount: 1 }, { shardCount: 2 }, ["update shardCount"]],
    ["another region", STREAM, { region: "us-east-1" }, { region: "us-east-2" }, ["replace region"]],
    ["the provider's own region, spelt out: not", STREAM, {}, { region: "us-east-1" }, ["add region"]],
    [
      "another function of a mapping: not",
      MAPPING,
      { functionName: "a" },
      { functionName: "b" },
      ["update functionName"],
    ],
    [
      "what is nested in an element of a list",
      CONFIGURATION,
      { productionVariants: [{ serverlessConfig: { maxConcurrency: 5 } }] },
      { productionVariants: [{ serverlessConfig: { maxConcurrency: 6 } }] },
      ["replace productionVariants[0].serverlessConfig.maxConcurrency"],
    ],
    [
      "an element that holds such an input",
      CONFIGURATION,
      { productionVariants: [{ modelName: "a" }] },
      { productionVariants: [{ modelName: "a" }, { modelName: "b" }] },
      ["replace productionVariants[1]"],
    ],
    [
      "a value in a map that is listed as a whole",
      MODEL,
      { primaryContainer: { environment: { A: "1" } } },
      { primaryContainer: { environment: { A: "2" } } },
      ["replace primaryContainer.environment.A"],
    ],
    ["an object whose coming replaces", MODEL, {}, { vpcConfig: { subnets: ["a"] } }, ["replace vpcConfig"]],
    [
      "a change inside such an object: not",
      MODEL,
      { vpcConfig: { subnets: ["a"] } },
      { vpcConfig: { subnets: ["b"] } },
      ["update vpcConfig.subnets[0]"],
    ],
    ["a lower throughput", TABLE, warm(12_000), warm(11_000), ["replace warmThroughput.readUnitsPerSecond"]],
    ["a higher throughput: not", TABLE, warm(12_000), warm(13_000), ["update warmThroughput.readUnitsPerSecond"]],
    [
      "the configuration of an endpoint: not",
      ENDPOINT,
      { endpointConfigName: "a" },
      { endpointConfigName: "b" },
      ["update endpointConfigName"],
    ],
  ])("comes of %s", (_, type, before, after, expected) => {
    expect(diff(type, before, after).changes).toEqual(expected);
  });

  it("deletes first when the program chose the name", () => {
    const named = (logGroupClass: string, defaults: string[]) => ({ name: "/a", logGroupClass, __defaults: defaults });

    expect(diff(LOG_GROUP, named("STANDARD", []), named("DELIVERY", [])).deleteBeforeReplace).toBe(true);
    expect(diff(LOG_GROUP, named("STANDARD", ["name"]), named("DELIVERY", ["name"])).deleteBeforeReplace).toBe(false);
    expect(diff(LOG_GROUP, { name: "/a" }, { name: "/a", retentionInDays: 1 }).deleteBeforeReplace).toBe(false);
  });

  it("of a type without an entry is an error, and not a guess", () => {
    expect(() => diff("aws:ec2/vpc:Vpc", { a: 1 }, { a: 2 })).toThrow("no entry for aws:ec2/vpc:Vpc");
  });
});

function warm(readUnitsPerSecond: number) {
  return { warmThroughput: { readUnitsPerSecond } };
}
