import { streams, Type } from "avsc";
import type { Message } from "./message";

/** The schemas of the service: https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription#file_format */
const PLAIN = Type.forSchema({
  type: "record",
  namespace: "com.google.pubsub",
  name: "PubsubMessage",
  fields: [{ name: "data", type: "bytes" }],
});
const WITH_METADATA = Type.forSchema({
  type: "record",
  namespace: "com.google.pubsub",
  name: "PubsubMessageWithMetadata",
  fields: [
    { name: "subscription_name", type: "string" },
    { name: "message_id", type: "string" },
    { name: "publish_time", type: { type: "long", logicalType: "timestamp-micros" } },
    { name: "attributes", type: { type: "map", values: "string" } },
    { name: "data", type: "bytes" },
  ],
});

/** An Avro container file, uncompressed. `metadata` is the name of the subscription, to write the metadata too. */
export async function encodeAvro(messages: readonly Message[], metadata: string | undefined): Promise<Buffer> {
  const encoder = new streams.BlockEncoder(metadata === undefined ? PLAIN : WITH_METADATA, { codec: "null" });
  for (const message of messages)
    encoder.write(metadata === undefined ? { data: message.data } : row(message, metadata));
  encoder.end();
  return Buffer.concat(await encoder.toArray());
}

/** An ordering key has no field of its own: it goes with the attributes. */
function row({ id, publishedAt, attributes, orderingKey, data }: Message, subscription: string): object {
  return {
    subscription_name: subscription,
    message_id: id,
    publish_time: publishedAt * 1000,
    attributes: orderingKey === "" ? attributes : { ...attributes, ordering_key: orderingKey },
    data,
  };
}
