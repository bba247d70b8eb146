import { describe, expect, it } from "@jest/globals";
import { PROJECT, PUBSUB, type Recorded } from "./recorder";
import { CLOUD_RUN, CONFIGURATIONS, stackOf, VERTEX } from "./stack";

const ACCOUNT = "gcp:serviceaccount/account:Account";
const ON_PROJECT = "gcp:projects/iAMMember:IAMMember";

/** Roles that know no resource, so that only the whole project can have them. */
const WITHOUT_RESOURCE = ["roles/logging.logWriter"];

describe.each(Object.entries(CONFIGURATIONS))("the rights in a Google Cloud stack, with %s,", (_, given) => {
  it("go to the stack's own accounts and to Pub/Sub, and to nobody else", async () => {
    const { resources } = await stackOf(given);
    const accounts = resources.filter(({ type }) => type === ACCOUNT).map(({ name }) => memberOf(name));

    for (const { inputs } of grants(resources)) expect([...accounts, PUBSUB]).toContain(inputs.member);
  });

  it("are on one resource wherever the role knows one, or on a condition", async () => {
    const { resources } = await stackOf(given);

    const wide = grants(resources).filter(({ type, inputs }) => type === ON_PROJECT && inputs.condition === undefined);
    expect(wide.map(({ inputs }) => inputs.role).filter((role) => !WITHOUT_RESOURCE.includes(role))).toEqual([]);
  });

  it("hold no basic role and no administrator's", async () => {
    const { resources } = await stackOf(given);

    for (const { inputs } of grants(resources))
      expect(inputs.role).not.toMatch(/^roles\/(?:owner|editor|viewer)$|[aA]dmin/);
  });

  it("give each trust boundary an account of its own, with a name that the service takes", async () => {
    const { resources } = await stackOf(given);
    const ids = resources.filter(({ type }) => type === ACCOUNT).map(({ inputs }) => inputs.accountId);

    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
  });

  it("are there before what needs them", async () => {
    const { get, names } = await stackOf(given);
    const awaited = ["function", "push", "archive", "results"].filter((name) => names.includes(name));

    const dependencies = awaited.flatMap((name) => get(name).dependsOn.map(short));
    // Only these need what they are about to exist first.
    const late = ["invoke-grant", "push-move-grant", "results-move-grant"];
    for (const name of names.filter((name) => name.endsWith("-grant") && !late.includes(name)))
      expect(dependencies).toContain(name);
    expect(get("push").dependsOn).toContain("sluice-gcp-invoke-grant");
  });
});

describe("the function", () => {
  it("may write to its database and publish to its topics, and nothing else", async () => {
    const { resources, get } = await stackOf({});

    expect(rolesOf(resources, "function")).toEqual([
      ["actions-grant", "roles/pubsub.publisher"],
      ["dead-grant", "roles/pubsub.publisher"],
      ["results-grant", "roles/pubsub.publisher"],
      ["store-grant", "roles/datastore.user"],
    ]);
    expect(get("store-grant").inputs.condition.expression).toBe(
      `resource.name == "projects/${PROJECT}/databases/sluice-gcp-database"`,
    );
  });

  it("may call the endpoint where there is one, and waits for it", async () => {
    const service = await stackOf(CLOUD_RUN);
    const vertex = await stackOf(VERTEX);

    expect(rolesOf(service.resources, "function")).toContainEqual(["model-grant", "roles/run.invoker"]);
    expect(service.get("model-grant").inputs.name).toBe("sluice-gcp-model");
    expect(rolesOf(vertex.resources, "function")).toContainEqual(["endpoint-grant", "roles/aiplatform.user"]);
    expect(vertex.get("endpoint-grant").dependsOn).toContain("sluice-gcp-deployed-model");
  });
});

describe("the other accounts", () => {
  it("may do one thing each", async () => {
    const { resources } = await stackOf(CLOUD_RUN);

    expect(rolesOf(resources, "push")).toEqual([["invoke-grant", "roles/run.invoker"]]);
    expect(rolesOf(resources, "export")).toEqual([
      ["archive-read-grant", "roles/storage.legacyBucketReader"],
      ["archive-write-grant", "roles/storage.objectCreator"],
      ["results-table-grant", "roles/bigquery.dataEditor"],
    ]);
    expect(rolesOf(resources, "build")).toEqual([
      ["build-images-grant", "roles/artifactregistry.writer"],
      ["build-logs-grant", "roles/logging.logWriter"],
      ["build-source-grant", "roles/storage.objectViewer"],
    ]);
    expect(rolesOf(resources, "model")).toEqual([]);
  });

  it("are lent to Pub/Sub only where it acts as them", async () => {
    const { resources } = await stackOf(CLOUD_RUN);
    const lent = grants(resources).filter(({ inputs }) => inputs.role === "roles/iam.serviceAccountTokenCreator");

    expect(lent.map(({ inputs }) => [inputs.serviceAccountId.split("/").at(-1).split("@")[0], inputs.member])).toEqual([
      ["sluice-gcp-export", PUBSUB],
      ["sluice-gcp-push", PUBSUB],
    ]);
  });
});

function grants(resources: readonly Recorded[]): Recorded[] {
  return resources.filter(({ type }) => /[iI](?:AM|am)Member:/.test(type));
}

function rolesOf(resources: readonly Recorded[], boundary: string): [name: string, role: string][] {
  const member = memberOf(`sluice-gcp-${boundary}-account`);
  const given = grants(resources).filter(({ inputs }) => inputs.member === member);
  return given.map(({ name, inputs }): [string, string] => [short(name), inputs.role]).sort();
}

function memberOf(accountName: string): string {
  return `serviceAccount:${accountName.replace(/-account$/, "")}@${PROJECT}.iam.gserviceaccount.com`;
}

function short(name: string): string {
  return name.replace(/^sluice-gcp-/, "");
}
