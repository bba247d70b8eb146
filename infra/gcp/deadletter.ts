import type { ServiceIdentity } from "@pulumi/gcp/projects";
import { Subscription, SubscriptionIAMMember, Topic, TopicIAMMember } from "@pulumi/gcp/pubsub";
import type { Input } from "@pulumi/pulumi";
import type { Scope } from "./scope";

/** The longest that Pub/Sub keeps a message: 31 days. */
const LONGEST = `${31 * 24 * 3600}s`;

export interface DeadLetters {
  topic: Topic;
  /** Keeps the letters until they are taken. A topic without a subscription keeps nothing. */
  hold: Subscription;
  /** Without it Pub/Sub retries for ever, and says nothing. */
  grant: TopicIAMMember;
}

type Kind = {
  topic: "deadTopic" | "rejectedTopic";
  hold: "hold" | "rejectedHold";
  grant: "deadTopicGrant" | "rejectedTopicGrant";
};

/** What the function gives up, and messages that Pub/Sub could not deliver. */
export function deadLetters(scope: Scope, identity: ServiceIdentity): DeadLetters {
  return holding(scope, identity, { topic: "deadTopic", hold: "hold", grant: "deadTopicGrant" });
}

/** Rows that BigQuery refuses. They are no events: among the dead letters they would be sent into the pipeline again. */
export function rejectedRows(scope: Scope, identity: ServiceIdentity): DeadLetters {
  return holding(scope, identity, { topic: "rejectedTopic", hold: "rejectedHold", grant: "rejectedTopicGrant" });
}

function holding(scope: Scope, identity: ServiceIdentity, keys: Kind): DeadLetters {
  const { labels, region, keep } = scope;
  const topic = new Topic(
    ...scope.inner(keys.topic, { messageStoragePolicy: { allowedPersistenceRegions: [region] }, labels }, keep),
  );
  const hold = new Subscription(
    ...scope.inner(
      keys.hold,
      {
        topic: topic.id,
        ackDeadlineSeconds: 60,
        messageRetentionDuration: LONGEST,
        // By default nobody asking for 31 days would delete it, letters and all.
        expirationPolicy: { ttl: "" },
        labels,
      },
      keep,
    ),
  );
  const grant = new TopicIAMMember(
    ...scope.inner(keys.grant, { topic: topic.name, role: "roles/pubsub.publisher", member: identity.member }),
  );
  return { topic, hold, grant };
}

/** The other half of what dead-lettering needs: Pub/Sub acknowledges what it moves. */
export function mayMoveFrom(
  scope: Scope,
  key: "pushMoveGrant" | "resultsMoveGrant",
  subscription: Input<string>,
  identity: ServiceIdentity,
): void {
  new SubscriptionIAMMember(
    ...scope.inner(key, { subscription, role: "roles/pubsub.subscriber", member: identity.member }),
  );
}
