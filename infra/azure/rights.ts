import { RoleAssignment } from "@pulumi/azure-native/authorization";
import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import { type Input, interpolate, type Output, type Resource } from "@pulumi/pulumi";
import type { AzureResources } from "./resources";
import type { Scope } from "./scope";

/** Azure's own roles: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export const ROLES = {
  eventHubsReceiver: "a638d3c7-ab3a-418d-83e6-5f17a39d4fde",
  eventGridSender: "d5a91429-5739-47e2-a06b-3470a27159e7",
  blobOwner: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  blobContributor: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  blobReader: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
  queueSender: "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
  tableContributor: "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
  metricsPublisher: "3913510d-42f4-4e42-8a64-420c390055eb",
  acrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
} as const;

type GrantKey = Extract<keyof AzureResources, `${string}Grant`>;

export interface Granted {
  to: UserAssignedIdentity;
  /** One of `ROLES`, or a role of our own. */
  role: Input<string>;
  /** That the role is there. */
  after?: Resource | undefined;
  /** Id of the one resource that it is about. */
  on: Input<string>;
  /** Of that resource. Default: the stack's own. */
  subscription?: string | undefined;
}

/**
 * A right on one resource. The role is named as Azure names it in its answers, with the subscription, which the
 * configuration knows: nothing has to be looked up, and nothing differs after a refresh.
 */
export function grant(
  scope: Scope,
  key: Exclude<GrantKey, "storeGrant">,
  { to, role, after, on, subscription = scope.subscription }: Granted,
): RoleAssignment {
  return new RoleAssignment(
    ...scope.inner(
      key,
      {
        principalId: to.principalId,
        // Otherwise the principal is looked up in a directory that may not know of it yet.
        principalType: "ServicePrincipal",
        roleDefinitionId: roleId(subscription, role),
        scope: on,
      },
      after && { dependsOn: [after] },
    ),
  );
}

function roleId(subscription: string, role: Input<string>): Output<string> {
  return interpolate`/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
}
