import type { Cloud } from "../../cloud";
import { isObject, type Properties } from "../../values";
import { at } from "../rule";

/** Roles that somebody has to have before a resource can be made. */
interface Needed {
  member: string;
  roles: readonly string[];
  /** What fails without them. */
  why: string;
}

/** IAM is eventually consistent. Anything above 0 shows a program that does not wait for its rights. */
export function settleMs(type: string): number {
  return /IamMember$/i.test(type) ? 100 : 0;
}

/** Google's answer where a right is missing; undefined where all are there. */
export function missingRight(type: string, inputs: Properties, cloud: Cloud): string | undefined {
  const granted = cloud.list().filter((live) => /IamMember$/i.test(live.type));
  for (const { member, roles, why } of neededFor(type, inputs, cloud)) {
    const missing = roles.find(
      (role) => !granted.some(({ inputs: given }) => given["member"] === member && given["role"] === role),
    );
    if (missing !== undefined) return `Error 403: ${why}: ${member} does not have ${missing}`;
  }
  return undefined;
}

function neededFor(type: string, inputs: Properties, cloud: Cloud): Needed[] {
  if (type === "gcp:cloudfunctionsv2/function:Function") return build(inputs);
  if (type === "gcp:pubsub/subscription:Subscription") return exports(inputs, cloud);
  return [];
}

/** https://cloud.google.com/functions/docs/securing/build-custom-sa */
function build(inputs: Properties): Needed[] {
  const builder = at(inputs, "buildConfig.serviceAccount");
  if (typeof builder !== "string") return [];
  return [
    {
      member: `serviceAccount:${builder.split("/").pop()}`,
      roles: ["roles/artifactregistry.writer", "roles/logging.logWriter", "roles/storage.objectViewer"],
      why: "Build failed",
    },
  ];
}

/** Pub/Sub tries whether it may write before it takes the subscription: https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription */
function exports(inputs: Properties, cloud: Cloud): Needed[] {
  const agent = String(cloud.list("gcp:projects/serviceIdentity:ServiceIdentity")[0]?.outputs["member"]);
  const roles = {
    bigqueryConfig: ["roles/bigquery.dataEditor"],
    cloudStorageConfig: ["roles/storage.objectCreator", "roles/storage.legacyBucketReader"],
  };
  return Object.entries(roles).flatMap(([name, roles]) => {
    const config = inputs[name];
    if (!isObject(config)) return [];
    const email = config["serviceAccountEmail"];
    const why = "Cloud Pub/Sub did not have the necessary permissions configured to support this subscription";
    if (email === undefined) return [{ member: agent, roles, why }];
    return [
      { member: `serviceAccount:${String(email)}`, roles, why },
      { member: agent, roles: ["roles/iam.serviceAccountTokenCreator"], why },
    ];
  });
}
