import { ServiceIdentity } from "@pulumi/gcp/projects";
import { Account, IAMMember } from "@pulumi/gcp/serviceaccount";
import type { Scope } from "./scope";

const PURPOSES = {
  function: "runs the function",
  build: "builds the function",
  push: "calls the function for Pub/Sub",
  export: "writes to BigQuery and the archive for Pub/Sub",
  model: "runs the model server",
} as const;

export type Boundary = keyof typeof PURPOSES;

/** An account for each trust boundary, with no rights of its own: the project's default one may do almost everything. */
export function account(scope: Scope, boundary: Boundary): Account {
  return new Account(
    ...scope.inner(`${boundary}Account` as const, {
      accountId: scope.fixedName("account", boundary),
      displayName: `Sluice: ${PURPOSES[boundary]}`,
    }),
  );
}

/** Google's own account that Pub/Sub works with. Asked for in this way its name is known without looking up the project. */
export function pubsubIdentity(scope: Scope): ServiceIdentity {
  return new ServiceIdentity(
    ...scope.inner("pubsubIdentity", { project: scope.project, service: "pubsub.googleapis.com" }),
  );
}

/** Lets Pub/Sub act as an account. */
export function lend(scope: Scope, boundary: "push" | "export", lent: Account, identity: ServiceIdentity): IAMMember {
  return new IAMMember(
    ...scope.inner(`${boundary}TokenGrant` as const, {
      serviceAccountId: lent.name,
      role: "roles/iam.serviceAccountTokenCreator",
      member: identity.member,
    }),
  );
}
