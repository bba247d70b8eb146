import type { Draft, Message } from "./message";
import { idOf, projectOf } from "./names";

/** A message as it goes to the dead-letter topic: https://cloud.google.com/pubsub/docs/handling-failures#dead_letter_topic */
export function deadLetterOf(
  message: Message,
  subscription: string,
  attempts: number,
  error: string | undefined,
): Draft {
  const { data, attributes, orderingKey, publishedAt } = message;
  return {
    data,
    orderingKey,
    attributes: {
      ...attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
      CloudPubSubDeadLetterSourceSubscription: idOf(subscription),
      CloudPubSubDeadLetterSourceSubscriptionProject: projectOf(subscription),
      // The service writes this time with an offset, unlike all others.
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(publishedAt).toISOString().replace("Z", "+00:00"),
      // Of an export alone: https://cloud.google.com/pubsub/docs/bigquery#handle_message_failures
      ...(error !== undefined && { CloudPubSubDeadLetterSourceDeliveryErrorMessage: error }),
    },
  };
}
