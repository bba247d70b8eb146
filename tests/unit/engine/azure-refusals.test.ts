import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  ACCOUNT,
  APP,
  BLOB_CONTRIBUTOR,
  CONTAINER,
  containerOf,
  GROUP,
  HUB,
  IDENTITY,
  makeAppParts,
  makeDocuments,
  makeGroup,
  NAMESPACE,
  RIGHT,
  ROLES,
  STORAGE,
  SUBSCRIPTION,
} from "./azure-parts";
import { openStage, type Stage } from "./stage";

let stage: Stage;
beforeEach(() => {
  stage = openStage("azure-native");
});
afterEach(() => {
  stage.close();
});

describe("Azure refuses to make", () => {
  it("what is in a group, or in a resource, that is not there", async () => {
    const within = await makeGroup(stage);

    const lost = stage.make(NAMESPACE, "n", { resourceGroupName: "none" });
    const orphan = stage.make(HUB, "h", { ...within, namespaceName: "none" });

    await expect(lost).rejects.toThrow("ParentResourceNotFound");
    await expect(orphan).rejects.toThrow("namespaces/none, which does not exist");
  });

  it("what names a resource of the stack's group that is not there", async () => {
    const within = await makeGroup(stage);
    const identity = `${SUBSCRIPTION}/resourceGroups/${within.resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/none`;

    const made = stage.make(NAMESPACE, "n", {
      ...within,
      identity: { type: "UserAssigned", userAssignedIdentities: [identity] },
    });

    await expect(made).rejects.toThrow("userAssignedIdentities/none does not exist");
  });

  it("a second account of one name, in any group", async () => {
    await stage.make(GROUP, "a", { resourceGroupName: "a" });
    await stage.make(GROUP, "b", { resourceGroupName: "b" });
    const inGroup = (resourceGroupName: string) => ({ resourceGroupName, accountName: "sluicedata", ...STORAGE });
    await stage.make(ACCOUNT, "one", inGroup("a"));

    await expect(stage.make(ACCOUNT, "two", inGroup("b"))).rejects.toThrow("409 Conflict");
  });

  it("a right for nobody, of no role, or for the second time", async () => {
    const within = await makeGroup(stage);
    const { id: scope } = await stage.make(ACCOUNT, "data", { ...within, ...STORAGE });
    const { outputs } = await stage.make(IDENTITY, "reader", within);
    const right = { scope, principalId: outputs["principalId"], roleDefinitionId: BLOB_CONTRIBUTOR };
    const make = (name: string, given: object) => stage.make(RIGHT, name, { ...right, ...given });

    await expect(make("a", { principalId: "none" })).rejects.toThrow("PrincipalNotFound");
    await expect(make("b", { roleDefinitionId: `${ROLES}/7f951dda-0000-0000-0000-43fe172d538d` })).rejects.toThrow(
      "RoleDefinitionDoesNotExist",
    );
    await expect(make("c", {})).resolves.toBeDefined();
    await expect(make("d", {})).rejects.toThrow("409 Conflict");
  });

  it("a hub that keeps events for longer than its tier does", async () => {
    const within = await makeGroup(stage);
    const { outputs } = await stage.make(NAMESPACE, "n", { ...within, sku: { name: "Standard" } });
    const hub = (retentionTimeInHours: number) =>
      stage.make(HUB, "h", {
        ...within,
        namespaceName: outputs["name"],
        retentionDescription: { cleanupPolicy: "Delete", retentionTimeInHours },
      });

    await expect(hub(169)).rejects.toThrow("the Standard tier has 168 at most");
    await expect(hub(168)).resolves.toBeDefined();
  });

  it("a serverless container with a throughput", async () => {
    const { account, within } = await makeDocuments(stage, { capabilities: [{ name: "EnableServerless" }] });

    const made = stage.make(CONTAINER, "rows", {
      ...containerOf(account, within),
      options: { autoscaleSettings: { maxThroughput: 1000 } },
    });

    await expect(made).rejects.toThrow("not supported for serverless accounts");
  });

  it("an app whose identity may not write its code, is not its own, or whose plan holds another", async () => {
    const { inputs, grant } = await makeAppParts(stage);
    const make = (name: string, given: object = {}) => stage.make(APP, name, { ...inputs, ...given });

    await expect(make("worker")).rejects.toThrow("InaccessibleStorageException");
    await grant();
    await expect(make("worker", { identity: undefined })).rejects.toThrow("does not have the identity");
    await expect(make("worker")).resolves.toMatchObject({
      outputs: { defaultHostName: expect.stringMatching(/^worker[0-9a-f]{8}\.azurewebsites\.net$/) },
    });
    await expect(make("other")).rejects.toThrow("a Flex Consumption plan holds one app");
  });

  it("an app in a subnet that is not handed over to such apps", async () => {
    const { inputs, within, grant } = await makeAppParts(stage);
    await grant();
    const { outputs } = await stage.make("azure-native:network:VirtualNetwork", "net", {
      ...within,
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    });
    const subnet = await stage.make("azure-native:network:Subnet", "functions", {
      ...within,
      virtualNetworkName: outputs["name"],
      addressPrefix: "10.0.0.0/24",
    });

    const made = stage.make(APP, "worker", { ...inputs, virtualNetworkSubnetId: subnet.id });

    await expect(made).rejects.toThrow("is not delegated to Microsoft.App/environments");
  });
});

describe("Azure refuses to change in place", () => {
  it("a partition key, which the provider does not take for a replacement", async () => {
    const { account, within } = await makeDocuments(stage, {});
    const made = await stage.make(CONTAINER, "rows", containerOf(account, within));
    const after = { ...made.inputs, resource: { id: "rows", partitionKey: { kind: "Hash", paths: ["/device"] } } };

    const { changes } = stage.provider.diff(made, made.inputs, after);

    expect(changes.map(({ path, replaces }) => [path, replaces])).toEqual([["resource.partitionKey.paths[0]", false]]);
    expect(() => stage.provider.update(made, made, after, true)).not.toThrow();
    expect(() => stage.provider.update(made, made, after, false)).toThrow("cannot be changed");
  });
});

describe("Azure refuses to delete", () => {
  it("what is locked, until the lock is gone", async () => {
    const { account } = await makeDocuments(stage, {});
    const lock = await stage.make("azure-native:authorization:ManagementLockByScope", "l", {
      scope: account.id,
      level: "CanNotDelete",
    });

    expect(() => stage.provider.delete(account)).toThrow("ScopeLocked");
    stage.provider.delete(lock);
    expect(() => stage.provider.delete(account)).not.toThrow();
  });
});
