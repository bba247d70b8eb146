import { describe, expect, it } from "@jest/globals";
import { GROUP, type Recorded, SUBSCRIPTION } from "./recorder";
import { AZURE_ML, CONFIGURATIONS, CONTAINER_APP, REGISTRY, type Stack, stackOf } from "./stack";

const GRANT = "azure-native:authorization:RoleAssignment";
const IDENTITY = "azure-native:managedidentity:UserAssignedIdentity";

/** By the names in Azure's documentation. */
const ROLES: Record<string, string> = {
  "a638d3c7-ab3a-418d-83e6-5f17a39d4fde": "Azure Event Hubs Data Receiver",
  "d5a91429-5739-47e2-a06b-3470a27159e7": "EventGrid Data Sender",
  "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
  "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
  "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
  "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a": "Storage Queue Data Message Sender",
  "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
  "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
  "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
};

describe.each(Object.entries(CONFIGURATIONS))("the rights in an Azure stack, with %s,", (_, given) => {
  it("go to the stack's own identities, and to nobody else", async () => {
    const { resources } = await stackOf(given);
    const principals = resources.filter(({ type }) => type === IDENTITY).map(({ name }) => principalOf(name));

    for (const { inputs } of grants(resources)) {
      expect(principals).toContain(inputs.principalId);
      expect(inputs.principalType).toBe("ServicePrincipal");
    }
  });

  it("are on one resource, and never on the group or the subscription", async () => {
    const { resources } = await stackOf(given);

    for (const { inputs } of grants(resources))
      expect(inputs.scope).toMatch(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/./);
  });

  it("name roles as Azure itself does: nothing is looked up, and nothing differs after a refresh", async () => {
    const { resources } = await stackOf(given);

    for (const { inputs } of grants(resources)) {
      const [, subscription] = /^\/subscriptions\/([^/]+)\//.exec(inputs.scope) ?? [];
      expect(inputs.roleDefinitionId).toMatch(
        new RegExp(`^/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/[0-9a-f-]{36}$`),
      );
    }
  });

  it("are there before the function", async () => {
    const stack = await stackOf(given);
    const late = ["archive", "capture", "model-pull", "workspace-account"];
    const expected = stack.names.filter((name) => name.endsWith("-grant"));

    const awaited = stack.get("function").dependsOn.map((name) => name.replace("sluice-azure-", ""));

    for (const name of expected.filter((name) => !late.some((part) => name === `${part}-grant`)))
      expect(awaited).toContain(name);
  });
});

describe("the function", () => {
  it("may do what its adapters and its host do, and nothing else", async () => {
    const stack = await stackOf({});

    expect(rolesOf(stack, "function")).toEqual([
      ["actions-grant", "EventGrid Data Sender", "actions-topic"],
      ["archive-grant", "Storage Blob Data Contributor", "archive"],
      ["dead-letters-grant", "Storage Blob Data Contributor", "dead-letters"],
      ["dead-queue-grant", "Storage Queue Data Message Sender", "dead-queue"],
      ["host-blob-grant", "Storage Blob Data Owner", "host-account"],
      ["host-table-grant", "Storage Table Data Contributor", "host-account"],
      ["hub-grant", "Azure Event Hubs Data Receiver", "hub"],
      ["insights-grant", "Monitoring Metrics Publisher", "insights"],
    ]);
    expect(stack.get("function").dependsOn).toContain("sluice-azure-archive-grant");
  });

  it("may write to one container of Cosmos DB, by a right of Cosmos DB's own", async () => {
    const { get } = await stackOf({});
    const { scope, roleDefinitionId, roleAssignmentId, principalId } = get("store-grant").inputs;

    expect(scope).toMatch(/\/DatabaseAccount\/sluice-azure-store-\w+\/dbs\/sluice\/colls\/predictions$/);
    expect(roleDefinitionId).toMatch(/\/sqlRoleDefinitions\/00000000-0000-0000-0000-000000000002$/);
    expect(roleAssignmentId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(principalId).toBe(principalOf("sluice-azure-function-identity"));
  });

  it("has a right of another id on another container, because a right cannot be moved", async () => {
    const one = await stackOf({});
    const other = await stackOf({}, { transform: { container: { containerName: "others" } } });

    expect(other.get("store-grant").inputs.roleAssignmentId).not.toBe(one.get("store-grant").inputs.roleAssignmentId);
  });

  it("may write results only where it does", async () => {
    expect(rolesOf(await stackOf({ ndjson: "true" }), "function")).toContainEqual([
      "results-grant",
      "Storage Blob Data Contributor",
      "results",
    ]);
  });

  it("may call an endpoint of Azure ML, and change nothing about it", async () => {
    const { get } = await stackOf(AZURE_ML);
    const role = get("score-role").inputs;

    expect(role).toMatchObject({ scope: GROUP, assignableScopes: [GROUP] });
    expect(role.permissions).toEqual([
      expect.objectContaining({
        actions: ["Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action"],
        dataActions: [],
      }),
    ]);
    expect(get("endpoint-grant").inputs).toMatchObject({
      principalId: principalOf("sluice-azure-function-identity"),
      roleDefinitionId: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${role.roleDefinitionId}`,
    });
    expect(get("endpoint-grant").dependsOn).toContain("sluice-azure-score-role");
    expect(get("function").dependsOn).toEqual(
      expect.arrayContaining(["sluice-azure-endpoint-grant", "sluice-azure-deployment"]),
    );
  });
});

describe("the other identities", () => {
  it.each([
    ["Container Apps", CONTAINER_APP, []],
    ["Azure ML", AZURE_ML, [["workspace-account-grant", "Storage Blob Data Reader", "workspace-account"]]],
  ])("pull the image on %s from its own registry, before it is needed", async (_, given, more) => {
    const stack = await stackOf(given);

    expect(stack.get("model-pull-grant").inputs.scope).toBe(REGISTRY);
    expect(rolesOf(stack, "model")).toEqual([["model-pull-grant", "AcrPull", REGISTRY], ...more]);
    const user = stack.names.includes("endpoint") ? "endpoint" : "model-service";
    expect(stack.get(user).dependsOn).toContain("sluice-azure-model-pull-grant");
  });

  it("give nothing to what runs in the model's container", async () => {
    const { get } = await stackOf(CONTAINER_APP);

    expect(get("model-service").inputs.configuration.identitySettings).toEqual([
      { identity: expect.stringMatching(/model-identity/), lifecycle: "None" },
    ]);
  });

  it("write the archive for Capture, before Capture is switched on", async () => {
    const stack = await stackOf({ archiveBy: "capture" });

    expect(rolesOf(stack, "capture")).toEqual([["capture-grant", "Storage Blob Data Contributor", "archive"]]);
    expect(stack.get("hub").dependsOn).toContain("sluice-azure-capture-grant");
    expect(rolesOf(stack, "function").map(([name]) => name)).not.toContain("archive-grant");
  });
});

function grants(resources: readonly Recorded[]): Recorded[] {
  return resources.filter(({ type }) => type === GRANT);
}

/** What an identity may do, and on which of the stack's resources. */
function rolesOf(stack: Stack, boundary: string): [name: string, role: string, on: string][] {
  const principal = principalOf(`sluice-azure-${boundary}-identity`);
  const given = grants(stack.resources).filter(({ inputs }) => inputs.principalId === principal);
  return given
    .map(({ name, inputs, dependsOn }): [string, string, string] => {
      const role = inputs.roleDefinitionId.split("/").at(-1);
      const on = dependsOn.map(short).find((one) => endsAs(stack.get(one), inputs.scope));
      return [short(name), ROLES[role] ?? role, on ?? inputs.scope];
    })
    .sort();
}

/** By the last part of its id, which the recorder makes of its name. */
function endsAs({ name, type, inputs }: Recorded, scope: string): boolean {
  const own = scope.split("/").slice(-2);
  if (!type.endsWith(`:${own[0]}`)) return false;
  return [`${name}1a2b3c4d`, ...Object.values(inputs)].includes(own[1]);
}

function principalOf(identityName: string): string {
  return `principal of ${identityName}1a2b3c4d`;
}

function short(name: string): string {
  return name.replace(/^sluice-azure-/, "");
}
