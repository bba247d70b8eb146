import { openRecorder } from "../recorder";

export type { Recorded } from "../recorder";

export const PROJECT = "my-project-123";
export const REGION = "us-central1";
export const PUBSUB = "serviceAccount:service-42@gcp-sa-pubsub.iam.gserviceaccount.com";

/** No look-up is answered: the program must not need an account to be planned. */
export const record = openRecorder({
  stack: "gcp",
  stateOf: (type, name, given) => ({ name, ...given, ...added[type]?.(name, given) }),
});

const project = `projects/${PROJECT}`;

/** What the service would add, in the service's own form. */
const added: Record<string, (name: string, given: Record<string, unknown>) => Record<string, unknown>> = {
  "gcp:projects/serviceIdentity:ServiceIdentity": () => ({ member: PUBSUB }),
  "gcp:serviceaccount/account:Account": (name) => {
    const email = `${name.replace(/-account$/, "")}@${PROJECT}.iam.gserviceaccount.com`;
    const id = `${project}/serviceAccounts/${email}`;
    return { id, name: id, email, member: `serviceAccount:${email}` };
  },
  "gcp:pubsub/topic:Topic": (name) => ({ id: `${project}/topics/${name}` }),
  "gcp:pubsub/subscription:Subscription": (name) => ({ id: `${project}/subscriptions/${name}` }),
  "gcp:storage/bucketObject:BucketObject": () => ({ generation: 1700000000000001 }),
  "gcp:cloudfunctionsv2/function:Function": (name, { serviceConfig }) => ({
    serviceConfig: { ...(serviceConfig as object), uri: `https://${name}-abc-uc.a.run.app` },
  }),
  "gcp:cloudrunv2/service:Service": () => ({ uri: "https://model-abc-uc.a.run.app" }),
  "gcp:vertex/aiEndpoint:AiEndpoint": () => ({
    dedicatedEndpointDns: `1234567890.${REGION}-42.prediction.vertexai.goog`,
  }),
  "gcp:monitoring/dashboard:Dashboard": () => ({ id: "projects/42/dashboards/0a1b" }),
  "gcp:monitoring/notificationChannel:NotificationChannel": () => ({ name: `${project}/notificationChannels/7` }),
};
