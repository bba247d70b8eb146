import { type DeadLetter, deadLetter, decodeDeadLetter } from "../../../shared/deadletter";
import { decodeEnvelope } from "../../../shared/envelope";
import { SluiceError } from "../../../shared/errors";
import { decodeUtf8 } from "../../../shared/guards";
import { RESULT } from "../store/results";
import type { ReceivedMessage } from "./subscription";

/** What a message gave: its letters, or why it gives none. */
export type Read = { letters: DeadLetter[]; why?: undefined } | { letters?: undefined; why: string };

type Message = ReceivedMessage["message"];

/** Attributes of what a subscription gave up on: https://cloud.google.com/pubsub/docs/handling-failures#track_delivery_attempts */
const SOURCE = "CloudPubSubDeadLetterSourceSubscription";
const ATTEMPTS = "CloudPubSubDeadLetterSourceDeliveryCount";

/** Whether the platform put the message there, so that it may hold many events. */
export function isForwarded({ attributes = {} }: Message): boolean {
  return attributes[SOURCE] !== undefined;
}

/** Our own letter, or one letter per event of what the platform gave up on. */
export function readMessage(message: Message, pipeline: string): Read {
  const data = Buffer.from(message.data ?? "", "base64");
  if (isForwarded(message)) return { letters: forwarded(message, data, pipeline) };
  const text = decodeUtf8(data);
  const letter = text === undefined ? undefined : decodeDeadLetter(text);
  return letter ? { letters: [letter] } : { why: "it is no dead letter, and no subscription gave up on it" };
}

/** Milliseconds since 1970. */
export function publishedAt({ publishTime }: Message): number {
  const time = Date.parse(publishTime);
  return Number.isNaN(time) ? 0 : time;
}

function forwarded(message: Message, data: Buffer, pipeline: string): DeadLetter[] {
  const { attributes = {}, messageId } = message;
  const source = attributes[SOURCE] ?? "";
  const attempts = Number(attributes[ATTEMPTS]);
  const error =
    attributes["sluice"] === RESULT.sluice
      ? new SluiceError("store-rejected", "store", `The subscription ${source} gave up on this row of results.`)
      : new SluiceError("internal", "engine", `The subscription ${source} gave up on the whole message.`);
  const events = decodeEnvelope(data)?.events ?? [];
  return (events.length > 0 ? events : [data]).map((event, index) =>
    deadLetter(event, error, {
      // The message's own id: it was another one in the topic that it comes from, and nobody says which.
      position: { source, partition: source, offset: messageId, index },
      attempts: attempts >= 1 ? attempts : 1,
      pipeline,
      // The function that knew them did not live to say.
      pipelineVersion: "",
      modelVersion: "",
      failedAt: publishedAt(message),
    }),
  );
}
