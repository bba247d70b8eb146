import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { UNKNOWN } from "../../engine/provider/values";
import {
  ACCOUNT,
  APP,
  BLOB_CONTRIBUTOR,
  DEPLOYMENT,
  DOCUMENTS,
  GROUP,
  HUB,
  IDENTITY,
  makeGroup,
  NAMESPACE,
  RIGHT,
  STORAGE,
  SUBSCRIPTION,
} from "./azure-parts";
import { openStage, type Stage, urnOf } from "./stage";

let stage: Stage;
beforeEach(() => {
  stage = openStage("azure-native");
});
afterEach(() => {
  stage.close();
});

const check = (type: string, name: string, inputs: object, before?: Record<string, unknown>) =>
  stage.provider.check(urnOf(type, name), type, before, { ...inputs }).inputs;

describe("a name that the program leaves out", () => {
  const within = { resourceGroupName: "g" };

  it.each<[string, string, object, string, RegExp]>([
    ["is random where only the group is above it", NAMESPACE, within, "namespaceName", /^events[0-9a-f]{8}$/],
    ["is the resource's own below another", HUB, { ...within, namespaceName: "n" }, "eventHubName", /^events$/],
    [
      "is a GUID for a right",
      RIGHT,
      { scope: "/", principalId: "p", roleDefinitionId: BLOB_CONTRIBUTOR },
      "roleAssignmentName",
      /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    ],
    [
      "is random for an endpoint, which is an address",
      "azure-native:machinelearningservices:OnlineEndpoint",
      { ...within, workspaceName: "w", properties: { authMode: "AADToken" }, identity: { type: "SystemAssigned" } },
      "endpointName",
      /^events[0-9a-f]{8}$/,
    ],
  ])("%s", (_, type, inputs, property, pattern) => {
    expect(check(type, "events", inputs)[property]).toMatch(pattern);
  });

  it("is not made up for an app's settings, which belong to the app of that name", () => {
    const type = "azure-native:web:WebAppApplicationSettings";

    const { failures } = stage.provider.check(urnOf(type, "s"), type, undefined, { resourceGroupName: "g" });

    expect(failures.map(({ property }) => property)).toEqual(["name"]);
  });
});

describe("a place that the program leaves out", () => {
  it("is what the configuration says, or where the resource is already", () => {
    expect(check(NAMESPACE, "n", { resourceGroupName: "g" })["location"]).toBe("westeurope");
    expect(check(NAMESPACE, "n", { resourceGroupName: "g" }, { location: "eastus" })["location"]).toBe("eastus");
  });

  it("is its group's, and unknown while that is", async () => {
    stage.provider.configure({});
    await stage.make(GROUP, "g", { resourceGroupName: "mine", location: "northeurope" });

    expect(check(NAMESPACE, "n", { resourceGroupName: "mine" })["location"]).toBe("northeurope");
    expect(check(NAMESPACE, "n", { resourceGroupName: UNKNOWN })["location"]).toBe(UNKNOWN);
  });

  it("is missing where there is neither", () => {
    stage.provider.configure({});

    const { failures } = stage.provider.check(urnOf(GROUP, "g"), GROUP, undefined, {});

    expect(failures[0]?.reason).toContain("pulumi config set azure-native:location");
  });
});

describe("Azure answers", () => {
  it("with paths for ids, and with addresses that have the name in them", async () => {
    const within = await makeGroup(stage);

    const { id, outputs } = await stage.make(ACCOUNT, "data", { ...within, ...STORAGE });

    expect(id).toBe(
      `${SUBSCRIPTION}/resourceGroups/${within.resourceGroupName}/providers/Microsoft.Storage/storageAccounts/${String(outputs["name"])}`,
    );
    expect(outputs).toMatchObject({
      location: "westeurope",
      primaryEndpoints: { blob: `https://${String(outputs["name"])}.blob.core.windows.net/` },
      provisioningState: "Succeeded",
      type: "Microsoft.Storage/storageAccounts",
    });
  });

  it("for a list of identities with what it knows of each", async () => {
    const within = await makeGroup(stage);
    const identity = await stage.make(IDENTITY, "reader", within);

    const { outputs } = await stage.make(NAMESPACE, "n", {
      ...within,
      identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
    });

    const { clientId, principalId } = identity.outputs;
    expect(outputs["identity"]).toMatchObject({
      type: "UserAssigned",
      userAssignedIdentities: { [identity.id]: { clientId, principalId } },
    });
  });

  it("in the preview of an update with a resource's name and place, and with nothing else of its own", async () => {
    const made = await stage.make(ACCOUNT, "data", { ...(await makeGroup(stage)), ...STORAGE });

    const outputs = stage.provider.update(made, made, { ...made.inputs, accessTier: "Cool" }, true);

    expect(outputs).toMatchObject({ accessTier: "Cool", location: "westeurope", name: made.outputs["name"] });
    expect(outputs["primaryEndpoints"]).toBe(UNKNOWN);
  });

  it("after an update with the same addresses as before", async () => {
    const made = await stage.make(ACCOUNT, "data", { ...(await makeGroup(stage)), ...STORAGE });

    const outputs = stage.provider.update(made, made, { ...made.inputs, accessTier: "Cool" }, false);

    expect(outputs).toEqual({ ...made.outputs, accessTier: "Cool" });
  });

  it("for who runs the program with the subscription that is configured", () => {
    const { provider } = stage;

    const client = provider.invoke("azure-native:authorization:getClientConfig", {});

    expect(client["subscriptionId"]).toBe("11111111-2222-3333-4444-555555555555");
    expect(() => provider.invoke("azure-native:storage:listStorageAccountKeys", {})).toThrow("does not answer");
  });
});

describe("an input of several types", () => {
  const deployment = (properties: object) => ({
    resourceGroupName: "g",
    workspaceName: "w",
    endpointName: "model",
    deploymentName: "blue",
    properties,
  });
  const failures = (inputs: Record<string, unknown>) =>
    stage.provider.check(urnOf(DEPLOYMENT, "d"), DEPLOYMENT, undefined, inputs).failures.map(({ reason }) => reason);

  it("is the one that its fixed text names", () => {
    const onKubernetes = { endpointComputeType: "Kubernetes", containerResourceRequirements: {} };

    expect(failures(deployment(onKubernetes))).toEqual([]);
    expect(failures(deployment({ ...onKubernetes, endpointComputeType: "Managed" }))).toEqual([
      expect.stringContaining('ManagedOnlineDeploymentArgs has no property "containerResourceRequirements"'),
    ]);
  });
});

describe("a group", () => {
  it("goes with all that is in it", async () => {
    const made = await stage.make(GROUP, "g", { resourceGroupName: "mine" });
    await stage.make(ACCOUNT, "data", { resourceGroupName: "mine", ...STORAGE });
    await stage.make(GROUP, "h", { resourceGroupName: "mine-too" });

    stage.provider.delete(made);

    expect(stage.cloud.list().map(({ outputs }) => outputs["name"])).toEqual(["mine-too"]);
  });
});

describe("the blob service of an account", () => {
  it("is set back when it is deleted, and keeps its containers", async () => {
    const within = await makeGroup(stage);
    const account = await stage.make(ACCOUNT, "data", { ...within, ...STORAGE });
    const inAccount = { ...within, accountName: account.outputs["name"] };
    const service = await stage.make("azure-native:storage:BlobServiceProperties", "default", inAccount);
    const container = await stage.make("azure-native:storage:BlobContainer", "archive", inAccount);

    stage.provider.delete(service);

    expect(stage.provider.read(container)).toBeDefined();
  });
});

describe("a replacement", () => {
  const diff = (type: string, before: Record<string, unknown>, after: Record<string, unknown>) => {
    const reference = { urn: urnOf(type, "x"), type, id: "x" };
    const { changes, deleteBeforeReplace } = stage.provider.diff(reference, before, after);
    return { replaces: changes.some((change) => change.replaces), deleteBeforeReplace };
  };

  it.each<[string, string, Record<string, unknown>, Record<string, unknown>, boolean, boolean]>([
    ["of what the program named deletes first", ACCOUNT, { accountName: "a" }, { accountName: "b" }, true, true],
    [
      "of what was named at random comes first",
      ACCOUNT,
      { accountName: "a1", location: "eastus", __defaults: ["accountName"] },
      { accountName: "a1", location: "westus", __defaults: ["accountName"] },
      true,
      false,
    ],
    [
      "of what has its own name deletes first",
      HUB,
      { eventHubName: "events", namespaceName: "a", __defaults: ["eventHubName"] },
      { eventHubName: "events", namespaceName: "b", __defaults: ["eventHubName"] },
      true,
      true,
    ],
    [
      "comes of an account's place, but not of that of documents",
      DOCUMENTS,
      { location: "eastus" },
      { location: "westus" },
      false,
      false,
    ],
    ["comes of an app's kind", APP, { kind: "app" }, { kind: "functionapp,linux" }, true, true],
    ["does not come of the partitions of a hub", HUB, { partitionCount: 4 }, { partitionCount: 8 }, false, false],
  ])("%s", (_, type, before, after, replaces, deleteBeforeReplace) => {
    expect(diff(type, before, after)).toEqual({ replaces, deleteBeforeReplace });
  });
});
