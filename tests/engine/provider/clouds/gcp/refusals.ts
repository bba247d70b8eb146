import type { Cloud, Live } from "../../cloud";
import type { Properties } from "../../values";
import type { Subject } from "../dialect";
import { missingReference, type Reference } from "../reference";
import { at } from "../rule";
import { disabledApi } from "./apis";
import { projectOf } from "./config";
import { missingRight } from "./rights";

const ACCOUNT = "gcp:serviceaccount/account:Account";
const BUCKET = "gcp:storage/bucket:Bucket";
const DATASET = "gcp:bigquery/dataset:Dataset";
const FUNCTION = "gcp:cloudfunctionsv2/function:Function";
const OBJECT = "gcp:storage/bucketObject:BucketObject";
const REPOSITORY = "gcp:artifactregistry/repository:Repository";
const SERVICE = "gcp:cloudrunv2/service:Service";
const SUBSCRIPTION = "gcp:pubsub/subscription:Subscription";
const TABLE = "gcp:bigquery/table:Table";
const TOPIC = "gcp:pubsub/topic:Topic";

const REFERENCES: Readonly<Record<string, readonly Reference[]>> = {
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": [
    { property: "repository", types: [REPOSITORY], by: ["id", "name"] },
  ],
  "gcp:bigquery/iamMember:IamMember": [
    { property: "datasetId", types: [DATASET], by: ["datasetId"] },
    { property: "tableId", types: [TABLE], by: ["tableId"] },
  ],
  [TABLE]: [{ property: "datasetId", types: [DATASET], by: ["datasetId"] }],
  [FUNCTION]: [
    { property: "buildConfig.dockerRepository", types: [REPOSITORY], by: ["id"] },
    { property: "buildConfig.serviceAccount", types: [ACCOUNT], by: ["id"] },
    { property: "buildConfig.source.storageSource.bucket", types: [BUCKET], by: ["id"] },
    { property: "buildConfig.source.storageSource.object", types: [OBJECT], by: ["name"] },
    { property: "buildConfig.source.storageSource.generation", types: [OBJECT], by: ["generation"] },
    { property: "serviceConfig.serviceAccountEmail", types: [ACCOUNT], by: ["email"] },
  ],
  [SERVICE]: [{ property: "template.serviceAccount", types: [ACCOUNT], by: ["email"] }],
  "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": [
    // A function is a service of Cloud Run, of the same name.
    { property: "name", types: [SERVICE, FUNCTION], by: ["id", "name"] },
  ],
  "gcp:firestore/field:Field": [{ property: "database", types: ["gcp:firestore/database:Database"], by: ["name"] }],
  "gcp:monitoring/alertPolicy:AlertPolicy": [
    {
      property: "notificationChannels[0]",
      types: ["gcp:monitoring/notificationChannel:NotificationChannel"],
      by: ["name"],
    },
  ],
  [SUBSCRIPTION]: [
    { property: "topic", types: [TOPIC], by: ["id", "name"] },
    { property: "deadLetterPolicy.deadLetterTopic", types: [TOPIC], by: ["id"] },
    { property: "cloudStorageConfig.bucket", types: [BUCKET], by: ["id"] },
    { property: "cloudStorageConfig.serviceAccountEmail", types: [ACCOUNT], by: ["email"] },
    { property: "bigqueryConfig.serviceAccountEmail", types: [ACCOUNT], by: ["email"] },
    { property: "pushConfig.oidcToken.serviceAccountEmail", types: [ACCOUNT], by: ["email"] },
  ],
  "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": [
    { property: "subscription", types: [SUBSCRIPTION], by: ["id", "name"] },
  ],
  "gcp:pubsub/topicIAMMember:TopicIAMMember": [{ property: "topic", types: [TOPIC], by: ["id", "name"] }],
  "gcp:serviceaccount/iAMMember:IAMMember": [{ property: "serviceAccountId", types: [ACCOUNT], by: ["id"] }],
  "gcp:storage/bucketIAMMember:BucketIAMMember": [{ property: "bucket", types: [BUCKET], by: ["id"] }],
  [OBJECT]: [{ property: "bucket", types: [BUCKET], by: ["id"] }],
  "gcp:vertex/aiEndpointIamMember:AiEndpointIamMember": [
    { property: "endpoint", types: ["gcp:vertex/aiEndpoint:AiEndpoint"], by: ["id", "name"] },
  ],
};

/** Whoever gets a role is there. Accounts of Google's own appear when somebody asks for them. */
const MEMBER: Reference = {
  property: "member",
  types: [ACCOUNT, "gcp:projects/serviceIdentity:ServiceIdentity"],
  by: ["member"],
};

/** Google's answer to a resource that cannot be made as things are. */
export function refuseCreate({ type, inputs, config }: Subject, cloud: Cloud): string | undefined {
  const missing = missingReference([...(REFERENCES[type] ?? []), ...ofRight(type, inputs)], inputs, cloud);
  return (
    disabledApi(type, projectOf(config, inputs), cloud) ??
    (missing === undefined ? undefined : `Error 404: ${missing}`) ??
    missingRight(type, inputs, cloud) ??
    refuseTable(type, inputs, cloud)
  );
}

/** Google's answer, or that of its provider, to a resource that cannot be deleted as it is. */
export function refuseDelete({ type, id, inputs, outputs }: Live, cloud: Cloud): string | undefined {
  const has = (other: string, property: string, value: unknown) =>
    cloud.list(other).some((live) => live.inputs[property] === value);
  if (outputs["deletionPolicy"] === "PREVENT") return `cannot destroy ${id}: its deletion policy is PREVENT`;
  if (inputs["deleteProtectionState"] === "DELETE_PROTECTION_ENABLED")
    return `Error 400: the database ${id} has delete protection enabled`;
  // On by default.
  if ((type === TABLE || type === SERVICE) && inputs["deletionProtection"] !== false)
    return `cannot destroy ${id} without setting deletion_protection=false and running an update`;
  if (type === BUCKET && inputs["forceDestroy"] !== true && has(OBJECT, "bucket", id))
    return `Error trying to delete bucket ${id} containing objects without force_destroy set to true`;
  if (type === DATASET && inputs["deleteContentsOnDestroy"] !== true && has(TABLE, "datasetId", inputs["datasetId"]))
    return `Error 400: Dataset ${id} is still in use`;
  return undefined;
}

/** What is still there after it has been deleted: then it goes out of the state alone. */
export function outlives({ outputs }: Live): boolean {
  return outputs["deletionPolicy"] === "ABANDON";
}

function ofRight(type: string, { member }: Properties): Reference[] {
  return /IamMember$/i.test(type) && String(member).startsWith("serviceAccount:") ? [MEMBER] : [];
}

/** A table to write to is named in one piece: `project.dataset.table`. */
function refuseTable(type: string, inputs: Properties, cloud: Cloud): string | undefined {
  const named = type === SUBSCRIPTION ? at(inputs, "bigqueryConfig.table") : undefined;
  if (named === undefined) return undefined;
  const [project, dataset, table] = String(named).split(".");
  if (cloud.get(TABLE, `projects/${project}/datasets/${dataset}/tables/${table}`)) return undefined;
  return `Error 404: bigqueryConfig.table names no table that exists: ${String(named)}`;
}
