import type { Database } from "@pulumi/gcp/firestore";
import { IAMMember } from "@pulumi/gcp/projects";
import { type Topic, TopicIAMMember } from "@pulumi/gcp/pubsub";
import type { Account } from "@pulumi/gcp/serviceaccount";
import { interpolate, type Resource } from "@pulumi/pulumi";
import type { Scope } from "./scope";

/** What the function works with. */
export interface FunctionReach {
  database: Database;
  deadTopic: Topic;
  resultsTopic: Topic | undefined;
  actionsTopic: Topic | undefined;
}

/**
 * What the function may do: what its adapters call, and nothing else. The right to call an endpoint comes with the
 * endpoint; writing logs needs none.
 */
export function functionRights(scope: Scope, { member }: Account, reach: FunctionReach): Resource[] {
  const publisher = "roles/pubsub.publisher";
  const { database, deadTopic, resultsTopic, actionsTopic } = reach;
  return [
    storeRight(scope, member, database),
    new TopicIAMMember(...scope.inner("deadGrant", { topic: deadTopic.name, role: publisher, member })),
    ...(resultsTopic
      ? [new TopicIAMMember(...scope.inner("resultsGrant", { topic: resultsTopic.name, role: publisher, member }))]
      : []),
    ...(actionsTopic
      ? [new TopicIAMMember(...scope.inner("actionsGrant", { topic: actionsTopic.name, role: publisher, member }))]
      : []),
  ];
}

/**
 * Firestore's own role of users, in this one database. A role of our own would be narrower (`batchWrite` creates and updates,
 * and never reads), but its id stays taken for weeks after it was deleted, and a stack could not be made again:
 * https://cloud.google.com/iam/docs/creating-custom-roles#deleting-custom-role
 */
function storeRight(scope: Scope, member: Account["member"], database: Database): IAMMember {
  const { project } = scope;
  return new IAMMember(
    ...scope.inner("storeGrant", {
      project,
      role: "roles/datastore.user",
      member,
      condition: {
        title: "its-own-database",
        expression: interpolate`resource.name == "projects/${project}/databases/${database.name}"`,
      },
    }),
  );
}
