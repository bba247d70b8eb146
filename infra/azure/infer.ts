import type { RoleAssignment } from "@pulumi/azure-native/authorization";
import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import type { Input, Resource } from "@pulumi/pulumi";
import { REGISTRY_ID } from "../config/azure";
import { identity } from "./identities";
import { grant, ROLES } from "./rights";
import type { Scope } from "./scope";

export interface ModelEndpoint {
  type: "container-app" | "azure-ml";
  /** What the function posts to. */
  url: Input<string>;
  /** Which of several answers. */
  deployment?: Input<string> | undefined;
  /** Id of what is measured. */
  id: Input<string>;
  /** Where the function has to be to reach it. */
  subnet?: Input<string> | undefined;
  /** What has to be there before the function calls it. */
  ready: Resource[];
}

/** Of the model server: functions/model-server/README.md. */
export const SERVER = { port: 8080, live: "/live", ready: "/ready", predict: "/score" } as const;

export interface ModelParts {
  /** With the model in it. */
  image: string;
  /** Id of the image's registry. */
  registry: string;
}

export interface Puller {
  identity: UserAssignedIdentity;
  grant: RoleAssignment;
}

/** An identity that pulls the image, and can do nothing else. */
export function puller(scope: Scope, { registry }: ModelParts): Puller {
  const [, subscription] = REGISTRY_ID.exec(registry)!;
  const to = identity(scope, "model");
  const right = { to, role: ROLES.acrPull, on: registry, subscription: subscription?.toLowerCase() };
  return { identity: to, grant: grant(scope, "modelPullGrant", right) };
}
