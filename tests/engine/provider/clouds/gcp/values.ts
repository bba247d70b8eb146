import type { Templates } from "../template";

const DATE = "2026-01-01T00:00:00.000000Z";
/** A right's id is that of what it is a right to, with the role and who has it: tpgiamresource/resource_iam_member.go. */
const member = (id: string): Templates => ({
  id: `${id}/{role}/{member}{conditionTitle}`,
  outputs: { etag: "{etag}" },
});
const runUrl = "https://{name}-{digest}-uc.a.run.app";

/** Where Google's provider puts its resources' ids, names and other answers. `{x}` may also be one of the facts in answers.ts. */
export const TEMPLATES: Readonly<Record<string, Templates>> = {
  "gcp:artifactregistry/repository:Repository": {
    id: "projects/{project}/locations/{location}/repositories/{repositoryId}",
    outputs: {
      createTime: DATE,
      name: "{repositoryId}",
      registryUri: "{location}-docker.pkg.dev/{project}/{repositoryId}",
      updateTime: DATE,
    },
  },
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": member(
    "projects/{project}/locations/{location}/repositories/{repository}",
  ),
  "gcp:bigquery/dataset:Dataset": {
    id: "projects/{project}/datasets/{datasetId}",
    outputs: {
      accesses: [],
      maxTimeTravelHours: "168",
      selfLink: "https://bigquery.googleapis.com/bigquery/v2/projects/{project}/datasets/{datasetId}",
      storageBillingModel: "LOGICAL",
    },
  },
  "gcp:bigquery/iamMember:IamMember": member("projects/{project}/datasets/{datasetId}/tables/{tableId}"),
  "gcp:bigquery/table:Table": {
    id: "projects/{project}/datasets/{datasetId}/tables/{tableId}",
    outputs: {
      numBytes: 0,
      numLongTermBytes: 0,
      numRows: 0,
      selfLink: "https://bigquery.googleapis.com/bigquery/v2/projects/{project}/datasets/{datasetId}/tables/{tableId}",
      type: "TABLE",
    },
  },
  "gcp:billing/budget:Budget": {
    id: "billingAccounts/{billingAccount}/budgets/{uuid}",
    outputs: { name: "{uuid}" },
  },
  "gcp:cloudfunctionsv2/function:Function": {
    id: "projects/{project}/locations/{location}/functions/{name}",
    outputs: {
      environment: "GEN_2",
      serviceConfig: {
        availableCpu: "0.1666",
        availableMemory: "256M",
        directVpcEgress: "",
        environmentVariables: {},
        gcfUri: runUrl,
        maxInstanceCount: 100,
        maxInstanceRequestConcurrency: 1,
        service: "projects/{project}/locations/{location}/services/{name}",
        timeoutSeconds: 60,
        uri: runUrl,
      },
      state: "ACTIVE",
      updateTime: DATE,
      url: "https://{location}-{project}.cloudfunctions.net/{name}",
    },
  },
  "gcp:cloudrunv2/service:Service": {
    id: "projects/{project}/locations/{location}/services/{name}",
    outputs: {
      generation: "1",
      latestCreatedRevision: "projects/{project}/locations/{location}/services/{name}/revisions/{name}-00001",
      latestReadyRevision: "projects/{project}/locations/{location}/services/{name}/revisions/{name}-00001",
      launchStage: "GA",
      observedGeneration: "1",
      traffics: [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 }],
      uid: "{uuid}",
      uri: runUrl,
      urls: [runUrl],
    },
  },
  "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": member("projects/{project}/locations/{location}/services/{name}"),
  "gcp:firestore/database:Database": {
    id: "projects/{project}/databases/{name}",
    outputs: {
      appEngineIntegrationMode: "DISABLED",
      concurrencyMode: "PESSIMISTIC",
      databaseEdition: "STANDARD",
      deleteProtectionState: "DELETE_PROTECTION_DISABLED",
      deletionPolicy: "ABANDON",
      uid: "{uuid}",
      versionRetentionPeriod: "3600s",
    },
  },
  "gcp:firestore/field:Field": {
    id: "projects/{project}/databases/{database}/collectionGroups/{collection}/fields/{field}",
    outputs: { name: "projects/{project}/databases/{database}/collectionGroups/{collection}/fields/{field}" },
  },
  "gcp:logging/metric:Metric": { id: "{name}", name: "projects/{project}/metrics/{name}" },
  "gcp:logging/projectExclusion:ProjectExclusion": { id: "projects/{project}/exclusions/{name}" },
  "gcp:monitoring/alertPolicy:AlertPolicy": {
    id: "{name}",
    outputs: { creationRecords: [], name: "projects/{project}/alertPolicies/{number}" },
  },
  "gcp:monitoring/dashboard:Dashboard": { id: "projects/{projectNumber}/dashboards/{uuid}" },
  "gcp:monitoring/notificationChannel:NotificationChannel": {
    id: "{name}",
    outputs: { name: "projects/{project}/notificationChannels/{number}", verificationStatus: "" },
  },
  "gcp:projects/iAMMember:IAMMember": member("{project}"),
  "gcp:projects/service:Service": { id: "{project}/{service}" },
  "gcp:projects/serviceIdentity:ServiceIdentity": {
    id: "projects/{project}/services/{service}",
    outputs: {
      email: "service-{projectNumber}@gcp-sa-{serviceName}.iam.gserviceaccount.com",
      member: "serviceAccount:{email}",
    },
  },
  "gcp:pubsub/subscription:Subscription": {
    id: "projects/{project}/subscriptions/{name}",
    outputs: { ackDeadlineSeconds: 10, expirationPolicy: { ttl: "2678400s" } },
  },
  "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": member("projects/{project}/subscriptions/{subscription}"),
  "gcp:pubsub/topic:Topic": { id: "projects/{project}/topics/{name}" },
  "gcp:pubsub/topicIAMMember:TopicIAMMember": member("projects/{project}/topics/{topic}"),
  "gcp:serviceaccount/account:Account": {
    id: "projects/{project}/serviceAccounts/{email}",
    outputs: {
      email: "{accountId}@{project}.iam.gserviceaccount.com",
      member: "serviceAccount:{email}",
      name: "projects/{project}/serviceAccounts/{email}",
      uniqueId: "{number}",
    },
  },
  "gcp:serviceaccount/iAMMember:IAMMember": member("{serviceAccountId}"),
  "gcp:storage/bucket:Bucket": {
    id: "{name}",
    outputs: {
      projectNumber: "{projectNumber}",
      rpo: "DEFAULT",
      selfLink: "https://www.googleapis.com/storage/v1/b/{name}",
      softDeletePolicy: { effectiveTime: DATE, retentionDurationSeconds: 604_800 },
      timeCreated: DATE,
      updated: DATE,
      url: "gs://{name}",
    },
  },
  "gcp:storage/bucketIAMMember:BucketIAMMember": member("b/{bucket}"),
  "gcp:storage/bucketObject:BucketObject": {
    id: "{bucket}-{name}",
    outputs: {
      contentType: "application/zip",
      generation: "{generation}",
      md5hash: "{contentHash}",
      md5hexhash: "{contentHash}",
      mediaLink: "https://storage.googleapis.com/download/storage/v1/b/{bucket}/o/{name}?alt=media",
      outputName: "{name}",
      selfLink: "https://www.googleapis.com/storage/v1/b/{bucket}/o/{name}",
      storageClass: "STANDARD",
    },
  },
  "gcp:vertex/aiEndpoint:AiEndpoint": {
    id: "projects/{project}/locations/{location}/endpoints/{name}",
    outputs: {
      dedicatedEndpointDns: "{name}.{location}-{projectNumber}.prediction.vertexai.goog",
      deployedModels: [],
      modelDeploymentMonitoringJob: "",
    },
  },
  "gcp:vertex/aiEndpointIamMember:AiEndpointIamMember": member(
    "projects/{project}/locations/{location}/endpoints/{endpoint}",
  ),
};
