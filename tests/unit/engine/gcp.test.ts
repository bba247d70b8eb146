import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { UNKNOWN } from "../../engine/provider/values";
import { openStage, type Stage, urnOf } from "./stage";

const ACCOUNT = "gcp:serviceaccount/account:Account";
const BUCKET = "gcp:storage/bucket:Bucket";
const BUCKET_RIGHT = "gcp:storage/bucketIAMMember:BucketIAMMember";
const DATABASE = "gcp:firestore/database:Database";
const DATASET = "gcp:bigquery/dataset:Dataset";
const FUNCTION = "gcp:cloudfunctionsv2/function:Function";
const OBJECT = "gcp:storage/bucketObject:BucketObject";
const PROJECT_RIGHT = "gcp:projects/iAMMember:IAMMember";
const REPOSITORY_RIGHT = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember";
const SERVICE = "gcp:cloudrunv2/service:Service";
const SUBSCRIPTION = "gcp:pubsub/subscription:Subscription";
const TABLE = "gcp:bigquery/table:Table";
const TOPIC = "gcp:pubsub/topic:Topic";
const TOPIC_RIGHT = "gcp:pubsub/topicIAMMember:TopicIAMMember";

let stage: Stage;
beforeEach(() => {
  stage = openStage("gcp");
});
afterEach(() => {
  stage.close();
});

async function enable(...names: string[]): Promise<void> {
  for (const name of names)
    await stage.make("gcp:projects/service:Service", name, { service: `${name}.googleapis.com` });
}

describe("Google answers", () => {
  it("with ids and names that are paths", async () => {
    await enable("pubsub", "iam");

    const topic = await stage.make(TOPIC, "events", { labels: { team: "a" } });
    const account = await stage.make(ACCOUNT, "push", { accountId: "push-events" });

    expect(topic.id).toMatch(/^projects\/my-project\/topics\/events-[0-9a-f]{7}$/);
    expect(topic.outputs).toMatchObject({
      project: "my-project",
      effectiveLabels: { team: "a", "goog-pulumi-provisioned": "true" },
    });
    expect(account.id).toBe("projects/my-project/serviceAccounts/push-events@my-project.iam.gserviceaccount.com");
    expect(account.outputs["member"]).toBe("serviceAccount:push-events@my-project.iam.gserviceaccount.com");
  });

  it("with another generation for another content", async () => {
    await enable("storage");
    const bucket = await stage.make(BUCKET, "b", { location: "US" });
    const upload = (name: string, content: string) => stage.make(OBJECT, name, { bucket: bucket.id, content });

    const [first, second] = [await upload("a", "1"), await upload("b", "2")];

    expect(typeof first.outputs["generation"]).toBe("number");
    expect(first.outputs["generation"]).not.toBe(second.outputs["generation"]);
  });

  it("in a preview with what the provider works out by itself", async () => {
    const urn = urnOf(ACCOUNT, "push");

    const { outputs } = await stage.provider.create(urn, ACCOUNT, { accountId: "push-events" }, true);

    expect(outputs).toMatchObject({ email: "push-events@my-project.iam.gserviceaccount.com", uniqueId: UNKNOWN });
  });

  it("nothing to functions, which the program does not call", () => {
    expect(() => stage.provider.invoke("gcp:organizations/getProject:getProject", {})).toThrow("does not answer");
  });

  it("with a refusal where no project is set", async () => {
    stage.provider.configure({ region: "us-central1" });

    await expect(stage.make(TOPIC, "events", {})).rejects.toThrow("project: required field is not set");
  });
});

describe("Google refuses to make", () => {
  it("what an API that is off would make", async () => {
    await expect(stage.make(TOPIC, "events", {})).rejects.toThrow("API pubsub.googleapis.com has not been used");
  });

  it("a subscription of a topic that is not there", async () => {
    await enable("pubsub");

    await expect(stage.make(SUBSCRIPTION, "s", { topic: "projects/my-project/topics/none" })).rejects.toThrow(
      `topic names no ${TOPIC} that exists`,
    );
  });

  it("a second account of one name", async () => {
    await enable("iam");
    await stage.make(ACCOUNT, "a", { accountId: "push-events" });

    await expect(stage.make(ACCOUNT, "b", { accountId: "push-events" })).rejects.toThrow("409 Conflict");
  });

  it("a right of an account that is not there", async () => {
    await enable("pubsub");
    const topic = await stage.make(TOPIC, "events", {});
    const right = { topic: topic.id, role: "roles/pubsub.publisher", member: "serviceAccount:none@gcp.example" };

    await expect(stage.make(TOPIC_RIGHT, "r", right)).rejects.toThrow("member names no");
  });

  it("an archive that Pub/Sub may not write to", async () => {
    await enable("pubsub", "storage", "iam");
    const topic = await stage.make(TOPIC, "events", {});
    const bucket = await stage.make(BUCKET, "b", { location: "US" });
    const { outputs } = await stage.make(ACCOUNT, "a", { accountId: "export" });
    const config = { bucket: bucket.id, serviceAccountEmail: outputs["email"] };

    const archive = stage.make(SUBSCRIPTION, "s", { topic: topic.id, cloudStorageConfig: config });

    await expect(archive).rejects.toThrow("does not have roles/storage.objectCreator");
  });

  it("a function whose builder may not build, and of a source that is not the newest", async () => {
    const { inputs, grant } = await functionParts();
    const make = (given: object) => stage.make(FUNCTION, "f", { ...inputs, ...given });

    await expect(make({})).rejects.toThrow("Build failed");
    await grant();
    await expect(make({ buildConfig: sourceOf(inputs, { generation: 1 }) })).rejects.toThrow("generation names no");
    await expect(make({})).resolves.toMatchObject({
      outputs: { serviceConfig: { uri: expect.stringMatching(/^https:\/\/f-.*\.run\.app$/), maxInstanceCount: 100 } },
    });
  });
});

describe("Google refuses to delete", () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    ["a protected database", DATABASE, { deleteProtectionState: "DELETE_PROTECTION_ENABLED" }, "delete protection"],
    ["a database that the provider is to prevent", DATABASE, { deletionPolicy: "PREVENT" }, "PREVENT"],
    ["a service that nobody said may go", SERVICE, {}, "deletion_protection=false"],
  ])("%s", async (_, type, more, reason) => {
    await enable("firestore", "run");
    const inputs =
      type === SERVICE
        ? { location: "us-central1", template: { containers: [{ image: "i" }] } }
        : { locationId: "us-central1", type: "FIRESTORE_NATIVE" };
    const made = await stage.make(type, "kept", { ...inputs, ...more });

    expect(() => stage.provider.delete(made)).toThrow(reason);
    expect(stage.provider.read(made)).toBeDefined();
  });

  it("a dataset with a table in it, unless that is forced", async () => {
    await enable("bigquery");
    const dataset = await stage.make(DATASET, "d", { datasetId: "rows" });
    await stage.make(TABLE, "t", { datasetId: "rows", tableId: "predictions", deletionProtection: false });

    expect(() => stage.provider.delete(dataset)).toThrow("still in use");
  });

  it("a bucket with an object in it, unless that is forced", async () => {
    await enable("storage");
    const bucket = await stage.make(BUCKET, "b", { location: "US" });
    await stage.make(OBJECT, "o", { bucket: bucket.id, content: "" });

    expect(() => stage.provider.delete(bucket)).toThrow("containing objects");
  });
});

describe("a Firestore database", () => {
  it("is abandoned by default: its name stays taken", async () => {
    await enable("firestore");
    const inputs = { name: "predictions", locationId: "us-central1", type: "FIRESTORE_NATIVE" };
    const make = (more: object) => stage.make(DATABASE, "d", { ...inputs, ...more });
    stage.provider.delete(await make({}));

    await expect(make({})).rejects.toThrow("409 Conflict");
    await expect(make({ name: "others", deletionPolicy: "DELETE" })).resolves.toBeDefined();
  });
});

describe("a replacement", () => {
  const diff = (type: string, before: Record<string, unknown>, after: Record<string, unknown>) => {
    const reference = { urn: urnOf(type, "x"), type, id: "x" };
    const { changes, deleteBeforeReplace } = stage.provider.diff(reference, before, after);
    return { replaces: changes.some((change) => change.replaces), deleteBeforeReplace };
  };
  const partition = (field: string, expirationMs?: number) => ({
    timePartitioning: { type: "DAY", field, expirationMs },
  });

  it.each<[string, string, Record<string, unknown>, Record<string, unknown>, boolean, boolean]>([
    ["a table with other partitions goes first", TABLE, partition("a"), partition("b"), true, true],
    ["a table that keeps them for longer stays", TABLE, partition("a", 1), partition("a", 2), false, false],
    ["an object of another name comes first", OBJECT, { name: "a" }, { name: "b" }, true, false],
    [
      "an object of another class goes first",
      OBJECT,
      { name: "a" },
      { name: "a", storageClass: "NEARLINE" },
      true,
      true,
    ],
    [
      "a function with another source stays",
      FUNCTION,
      { buildConfig: { runtime: "a" } },
      { buildConfig: { runtime: "b" } },
      false,
      false,
    ],
    ["a subscription of another topic is another one", SUBSCRIPTION, { topic: "a" }, { topic: "b" }, true, false],
  ])("%s", (_, type, before, after, replaces, deleteBeforeReplace) => {
    expect(diff(type, before, after)).toEqual({ replaces, deleteBeforeReplace });
  });
});

/** Everything that a function stands on, and what gives its builder the rights. */
async function functionParts() {
  await enable("artifactregistry", "cloudbuild", "cloudfunctions", "cloudresourcemanager", "iam", "run", "storage");
  const bucket = await stage.make(BUCKET, "b", { location: "US" });
  const source = await stage.make(OBJECT, "o", { bucket: bucket.id, content: "" });
  const builder = await stage.make(ACCOUNT, "build", { accountId: "build-account" });
  const images = await stage.make("gcp:artifactregistry/repository:Repository", "i", {
    repositoryId: "images",
    format: "DOCKER",
  });
  const { member } = builder.outputs;
  const object = { bucket: bucket.id, object: source.outputs["name"], generation: source.outputs["generation"] };
  return {
    inputs: {
      location: "us-central1",
      buildConfig: { serviceAccount: builder.id, dockerRepository: images.id, source: { storageSource: object } },
      serviceConfig: {},
    },
    async grant() {
      await stage.make(PROJECT_RIGHT, "logs", { project: "my-project", role: "roles/logging.logWriter", member });
      await stage.make(BUCKET_RIGHT, "read", { bucket: bucket.id, role: "roles/storage.objectViewer", member });
      const write = { repository: "images", role: "roles/artifactregistry.writer", member };
      await stage.make(REPOSITORY_RIGHT, "write", write);
    },
  };
}

function sourceOf({ buildConfig }: { buildConfig: { source: { storageSource: object } } }, more: object): object {
  return { ...buildConfig, source: { storageSource: { ...buildConfig.source.storageSource, ...more } } };
}
