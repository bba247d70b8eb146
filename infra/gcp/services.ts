import { Service } from "@pulumi/gcp/projects";
import type { GcpConfig } from "../config/gcp";
import type { Scope } from "./scope";

const ALWAYS = [
  "artifactregistry",
  "cloudbuild",
  "cloudfunctions",
  "cloudresourcemanager",
  "firestore",
  "iam",
  "logging",
  "monitoring",
  "pubsub",
  "run",
  "storage",
];

/** The APIs that the project has to have switched on. They stay on: others in the project may use them. */
export function services(scope: Scope, config: GcpConfig): Service[] {
  const { project } = scope;
  return namesOf(config).map((part) => {
    const args = { project, service: `${part}.googleapis.com`, disableOnDestroy: false };
    return new Service(...scope.inner("service", args, { part }));
  });
}

function namesOf({ bigquery, inference, endpointType, monthlyBudgetUsd }: GcpConfig): string[] {
  return [
    ...ALWAYS,
    ...(bigquery ? ["bigquery", "bigquerystorage"] : []),
    ...(inference === "endpoint" && endpointType === "vertex" ? ["aiplatform"] : []),
    ...(monthlyBudgetUsd === undefined ? [] : ["billingbudgets"]),
  ];
}
