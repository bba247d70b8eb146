import type { Lease } from "./leases";
import type { Message } from "./message";
import type { Subscription } from "./resources";

/** A message as a subscriber gets it: what is empty is absent. */
export interface PubsubMessage {
  data?: Buffer;
  attributes?: Readonly<Record<string, string>>;
  messageId: string;
  publishTime: number;
  orderingKey?: string;
}

export interface ReceivedMessage {
  ackId: string;
  message: PubsubMessage;
  /** Only with a dead-letter policy. */
  deliveryAttempt?: number;
}

export function received({ id, message, attempt }: Lease, { deadLetterPolicy }: Subscription): ReceivedMessage {
  return {
    ackId: id,
    message: messageOf(message),
    ...(deadLetterPolicy !== undefined && { deliveryAttempt: attempt }),
  };
}

export function messageOf({ data, attributes, id, publishedAt, orderingKey }: Message): PubsubMessage {
  return {
    ...(data.length > 0 && { data }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
    messageId: id,
    publishTime: publishedAt,
    ...(orderingKey !== "" && { orderingKey }),
  };
}
