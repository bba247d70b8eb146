import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { UNKNOWN } from "../../engine/provider/values";
import { BUCKET, FUNCTION, LOG_GROUP, makeWorker, openStage, STREAM, type Stage, TABLE, TRUST, urnOf } from "./stage";

const KEYS = { hashKey: "pk", attributes: [{ name: "pk", type: "S" }] };

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => {
  stage.close();
});

describe("check", () => {
  const failures = (type: string, inputs: Record<string, unknown>) =>
    stage.provider.check(urnOf(type, "x"), type, undefined, inputs).failures.map(({ property }) => property);

  it.each<[string, string, Record<string, unknown>, string[]]>([
    ["an input that the type does not have", STREAM, { shards: 2 }, ["shards"]],
    ["a nested one", TABLE, { ...KEYS, ttl: { attribute: "at" } }, ["ttl.attribute"]],
    ["a missing input", "aws:s3/bucketPolicy:BucketPolicy", { bucket: "b" }, ["policy"]],
    ["a missing nested one", TABLE, { attributes: [{ name: "pk" }] }, ["attributes[0].type"]],
    ["text for a number", STREAM, { shardCount: "2" }, ["shardCount"]],
    ["an object for a list", TABLE, { attributes: { name: "pk", type: "S" } }, ["attributes"]],
    ["text for an archive", FUNCTION, { role: "r", code: "index.mjs" }, ["code"]],
    ["a number among tags", BUCKET, { tags: { cost: 1 } }, ["tags.cost"]],
  ])("refuses %s", (_, type, inputs, expected) => {
    expect(failures(type, inputs)).toEqual(expected);
  });

  it("lets pass what is not known yet, whatever its type", () => {
    expect(failures(TABLE, { hashKey: UNKNOWN, attributes: UNKNOWN, ttl: { enabled: UNKNOWN } })).toEqual([]);
  });

  it("says for an unlisted type how to list it", () => {
    const type = "aws:ecr/repository:Repository";

    const [failure] = stage.provider.check(urnOf(type, "x"), type, undefined, {}).failures;

    expect(failure?.reason).toContain("node --require ./tools/register.cjs tests/engine/schemas/generate.ts");
  });

  it("never shows a value, which may be a secret", () => {
    const [failure] = stage.provider.check(urnOf(STREAM, "x"), STREAM, undefined, { shardCount: "hunter2" }).failures;

    expect(failure?.reason).toBe("expected number, got string");
  });
});

describe("names", () => {
  it("end in hex that follows from the URN, and stay when the resource changes", () => {
    const urn = urnOf(STREAM, "events");

    const first = stage.provider.check(urn, STREAM, undefined, { shardCount: 1 }).inputs;
    const later = stage.provider.check(urn, STREAM, first, { shardCount: 2 }).inputs;

    expect(first["name"]).toMatch(/^events-[0-9a-f]{7}$/);
    expect(later["name"]).toBe(first["name"]);
  });

  it("differ while old and new live side by side", async () => {
    const { urn, inputs } = await stage.make(STREAM, "events", { shardCount: 1 });

    const replacement = stage.provider.check(urn, STREAM, undefined, { shardCount: 1 }).inputs;

    expect(replacement["name"]).not.toBe(inputs["name"]);
  });

  it("are the program's when it gives one, also after it gave none", () => {
    const urn = urnOf(STREAM, "events");
    const before = stage.provider.check(urn, STREAM, undefined, { shardCount: 1 }).inputs;

    const { inputs } = stage.provider.check(urn, STREAM, before, { shardCount: 1, name: "mine" });

    expect(inputs).toEqual({ name: "mine", shardCount: 1, __defaults: [] });
  });

  it("keep to the service's alphabet and length", () => {
    const named = (type: string, name: string, inputs = {}) =>
      stage.provider.check(urnOf(type, name), type, undefined, inputs).inputs;

    expect(named(BUCKET, "Raw")["bucket"]).toMatch(/^raw-[0-9a-f]{7}$/);
    expect(named("aws:kms/alias:Alias", "key", { targetKeyId: "k" })["name"]).toMatch(/^alias\/key-/);
    expect(named("aws:sqs/queue:Queue", "dead", { fifoQueue: true })["name"]).toMatch(/\.fifo$/);
    expect(() => named(FUNCTION, "f".repeat(60), { role: "r" })).toThrow("longer than the 64 characters");
  });
});

describe("create", () => {
  it("answers with every output that the type has, in the cloud's own form", async () => {
    const { outputs, id } = await stage.make(TABLE, "rows", { ...KEYS, tags: { team: "a" } });

    expect(id).toMatch(/^rows-[0-9a-f]{7}$/);
    expect(outputs).toMatchObject({
      arn: `arn:aws:dynamodb:eu-central-1:111122223333:table/${id}`,
      hashKey: "pk",
      name: id,
      region: "eu-central-1",
      tagsAll: { owner: "data", team: "a" },
      globalSecondaryIndexes: [],
    });
  });

  it("fills up given objects with the fields that only the cloud sets", async () => {
    const role = await stage.make("aws:iam/role:Role", "role", { assumeRolePolicy: TRUST });

    const { outputs } = await stage.make(FUNCTION, "f", {
      role: role.outputs["arn"],
      loggingConfig: { logFormat: "JSON" },
    });

    expect(outputs["loggingConfig"]).toMatchObject({
      logFormat: "JSON",
      logGroup: expect.stringMatching(/^\/aws\/lambda\/f-/),
    });
  });

  it("in a preview leaves unknown what only the cloud knows, and makes nothing", async () => {
    const urn = urnOf(STREAM, "s");
    const { inputs } = stage.provider.check(urn, STREAM, undefined, { shardCount: 1 });

    const { id, outputs } = await stage.provider.create(urn, STREAM, inputs, true);

    expect(id).toBe("");
    expect(outputs).toMatchObject({ arn: UNKNOWN, name: inputs["name"], region: "eu-central-1", shardCount: 1 });
    expect(stage.cloud.list()).toEqual([]);
  });

  it("refuses a name that another live resource of the type has", async () => {
    await stage.make(LOG_GROUP, "a", { name: "/logs" });

    await expect(stage.make(LOG_GROUP, "b", { name: "/logs" })).rejects.toThrow("409 Conflict");
    await expect(stage.make("aws:sns/topic:Topic", "b", { name: "logs" })).resolves.toBeDefined();
  });

  it("keeps what an earlier process of the provider made", async () => {
    const made = await stage.make(STREAM, "s", { shardCount: 1 });

    expect(stage.restart().read(made)).toEqual({ id: made.id, inputs: made.inputs, outputs: made.outputs });
  });
});

describe("update", () => {
  it("publishes another version of a function whose code changes, and not for other settings", async () => {
    const { worker } = await makeWorker(stage);
    const update = (inputs: Record<string, unknown>, preview: boolean) =>
      stage.provider.update(worker, worker, { ...worker.inputs, ...inputs }, preview);

    expect(update({ memorySize: 512 }, true)).toMatchObject({ arn: worker.outputs["arn"], version: UNKNOWN });
    expect(update({ reservedConcurrentExecutions: 5 }, false)["version"]).toBe("1");
    expect(update({ memorySize: 512 }, false)["version"]).toBe("2");
  });

  it("keeps the cloud's other answers", async () => {
    const made = await stage.make(STREAM, "s", { shardCount: 1 });

    const outputs = stage.provider.update(made, made, { ...made.inputs, shardCount: 2 }, false);

    expect(outputs).toEqual({ ...made.outputs, shardCount: 2 });
    expect(stage.cloud.list(STREAM)[0]?.outputs).toEqual(outputs);
  });

  it("of something that is gone is an error", async () => {
    const made = await stage.make(STREAM, "s", { shardCount: 1 });
    stage.provider.delete(made);

    expect(() => stage.provider.update(made, made, made.inputs, false)).toThrow("does not exist");
  });
});

describe("delete", () => {
  it("leaves nothing, and a second time is no error", async () => {
    const made = await stage.make(STREAM, "s", { shardCount: 1 });

    stage.provider.delete(made);
    stage.provider.delete(made);

    expect(stage.cloud.list()).toEqual([]);
    expect(stage.provider.read(made)).toBeUndefined();
  });

  it("removes the one of two resources of a URN that is meant", async () => {
    const old = await stage.make(STREAM, "s", { shardCount: 1 });
    const current = await stage.make(STREAM, "s", { shardCount: 1 });

    stage.provider.delete(old);

    expect(stage.cloud.list().map(({ id }) => id)).toEqual([current.id]);
  });
});

describe("invoke", () => {
  it("answers for account and region, and refuses what it does not know", () => {
    const { provider } = stage;

    expect(provider.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"]).toBe("111122223333");
    expect(provider.invoke("aws:index/getRegion:getRegion", {})["region"]).toBe("eu-central-1");
    expect(() => provider.invoke("aws:ec2/getAmi:getAmi", {})).toThrow("does not answer aws:ec2/getAmi:getAmi");
  });
});

describe("checkConfig", () => {
  it.each([
    [{ region: "us-east-1" }, 0],
    [{ region: UNKNOWN }, 0],
    [{ region: "us-esat-1" }, 1],
    [{}, 1],
  ])("%p has %i mistakes", (config, mistakes) => {
    expect(stage.provider.checkConfig(config)).toHaveLength(mistakes);
  });
});
