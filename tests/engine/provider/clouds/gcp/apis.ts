import type { Cloud } from "../../cloud";

/** The API that a type's resources are made with, by the type's module. Those of the module `projects` differ among themselves. */
const APIS: Readonly<Record<string, string>> = {
  artifactregistry: "artifactregistry",
  bigquery: "bigquery",
  billing: "billingbudgets",
  cloudfunctionsv2: "cloudfunctions",
  cloudrunv2: "run",
  firestore: "firestore",
  logging: "logging",
  monitoring: "monitoring",
  "projects/iAMMember": "cloudresourcemanager",
  pubsub: "pubsub",
  serviceaccount: "iam",
  storage: "storage",
  vertex: "aiplatform",
};

/** A function is built by one service into another, and runs on a third. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  "gcp:cloudfunctionsv2/function:Function": ["artifactregistry", "cloudbuild", "run"],
};

/** Google's answer where an API is not switched on in the project; undefined where it is. */
export function disabledApi(type: string, project: string, cloud: Cloud): string | undefined {
  const path = type.split(":")[1]!;
  const own = APIS[path] ?? APIS[path.split("/")[0]!];
  const needed = [...(own === undefined ? [] : [own]), ...(MORE[type] ?? [])];
  const enabled = cloud.list("gcp:projects/service:Service").map(({ inputs }) => inputs["service"]);
  const missing = needed.find((name) => !enabled.includes(`${name}.googleapis.com`));
  if (missing === undefined) return undefined;
  return `Error 403: API ${missing}.googleapis.com has not been used in project ${project} before or it is disabled`;
}
