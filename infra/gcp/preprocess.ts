import { Function as CloudFunction } from "@pulumi/gcp/cloudfunctionsv2";
import { ServiceIamMember } from "@pulumi/gcp/cloudrunv2";
import { Subscription, type Topic } from "@pulumi/gcp/pubsub";
import type { Account } from "@pulumi/gcp/serviceaccount";
import type { Input, Output, Resource } from "@pulumi/pulumi";
import { ENTRY_POINT } from "../../functions/gcp/bundle";
import type { GcpConfig } from "../config/gcp";
import type { GcpSizing } from "../sizing";
import type { Build } from "./build";
import type { Scope } from "./scope";
import { buildRights, imagesOf, sourceOf } from "./source";

/** How long a subscription keeps what nobody has acknowledged: far longer than all attempts together take. */
export const RETENTION = `${7 * 24 * 3600}s`;

export interface FunctionParts {
  build: Build;
  /** Who runs it. */
  account: Account;
  /** Who builds it. */
  builder: Account;
  environment: Record<string, Input<string>>;
  /** What the account has to have before the first event comes. */
  rights: readonly Resource[];
}

export interface Worker {
  function: CloudFunction;
  /** Where to push to. */
  url: Output<string>;
}

/** The function that does the work: an HTTP one. A trigger of its own would bring a subscription that takes no settings. */
export function worker(scope: Scope, config: GcpConfig, sizing: GcpSizing, parts: FunctionParts): Worker {
  const { account, builder, environment, rights } = parts;
  const source = sourceOf(scope, parts.build);
  const images = imagesOf(scope);
  const made = new CloudFunction(
    ...scope.inner(
      "function",
      {
        name: scope.fixedName("service", "worker"),
        location: scope.region,
        description: "Decodes, infers and stores the events of a Sluice pipeline",
        buildConfig: {
          runtime: "nodejs24",
          entryPoint: ENTRY_POINT,
          // The resource's name, where the next one wants an address.
          serviceAccount: builder.id,
          dockerRepository: images.id,
          automaticUpdatePolicy: {},
          source: {
            // Without its generation new code would not be noticed.
            storageSource: { bucket: source.bucket, object: source.name, generation: source.generation },
          },
        },
        serviceConfig: {
          serviceAccountEmail: account.email,
          availableMemory: `${sizing.memoryMb}Mi`,
          availableCpu: String(config.cpu),
          maxInstanceRequestConcurrency: config.concurrency,
          minInstanceCount: config.minInstances,
          maxInstanceCount: config.maxInstances,
          timeoutSeconds: config.timeoutSeconds,
          // A push of the same project comes from inside.
          ingressSettings: "ALLOW_INTERNAL_ONLY",
          allTrafficOnLatestRevision: true,
          environmentVariables: environment,
        },
        labels: scope.labels,
      },
      { dependsOn: [...rights, ...buildRights(scope, builder, source.bucket, images)] },
    ),
  );
  return { function: made, url: made.serviceConfig.apply((service) => service!.uri!) };
}

export interface PushParts {
  topic: Topic;
  worker: Worker;
  /** As whom Pub/Sub calls, and what lets it. */
  account: Account;
  token: Resource;
  deadTopic: Topic;
  deadTopicGrant: Resource;
}

/** What calls the function: each message until it is acknowledged, with growing pauses, and at last to the dead letters. */
export function push(scope: Scope, config: GcpConfig, sizing: GcpSizing, parts: PushParts): Subscription {
  const { topic, worker, account, deadTopic } = parts;
  // The function is a service of Cloud Run, where the right of Cloud Functions to call it counts for nothing.
  const invoker = new ServiceIamMember(
    ...scope.inner("invokeGrant", {
      project: scope.project,
      location: scope.region,
      name: worker.function.name,
      role: "roles/run.invoker",
      member: account.member,
    }),
  );
  return new Subscription(
    ...scope.inner(
      "push",
      {
        topic: topic.id,
        // Also how long a push waits for its answer.
        ackDeadlineSeconds: config.ackDeadlineSeconds,
        messageRetentionDuration: RETENTION,
        // By default it would be deleted after 31 days without events.
        expirationPolicy: { ttl: "" },
        // By default a message that is refused comes again at once.
        retryPolicy: { minimumBackoff: `${config.minBackoffSeconds}s`, maximumBackoff: `${config.maxBackoffSeconds}s` },
        deadLetterPolicy: { deadLetterTopic: deadTopic.id, maxDeliveryAttempts: sizing.deliveryAttempts },
        pushConfig: {
          pushEndpoint: worker.url,
          oidcToken: { serviceAccountEmail: account.email, audience: worker.url },
          attributes: { "x-goog-version": "v1" },
        },
        labels: scope.labels,
      },
      { ...scope.keep, dependsOn: [invoker, parts.token, parts.deadTopicGrant] },
    ),
  );
}
