import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import type { Scope } from "./scope";

export type Boundary = "function" | "capture" | "model";

/**
 * An identity for each trust boundary. It is no part of what acts as it, so that all of its rights are there before that
 * starts.
 */
export function identity(scope: Scope, boundary: Boundary): UserAssignedIdentity {
  return new UserAssignedIdentity(...scope.inner(`${boundary}Identity` as const, scope.here));
}
