import { RpcError } from "../../grpc";
import { type Draft, sizeOf } from "./message";

/** https://cloud.google.com/pubsub/quotas#resource_limits. The service counts in powers of ten. */
const MAX_MESSAGES = 1000;
const MAX_BYTES = 10_000_000;
const MAX_ATTRIBUTES = 100;
const MAX_KEY_BYTES = 256;
const MAX_VALUE_BYTES = 1024;

/** The form in which a request brings a message: what is empty may be absent. */
export type DraftRequest = Partial<Draft>;

/** Refuses a publish request as the service does: all of it, or none. */
export function readDrafts(requests: readonly DraftRequest[] | undefined): Draft[] {
  const count = requests?.length ?? 0;
  if (requests === undefined || count === 0) throw tooSmall("message_count", count, 1);
  if (count > MAX_MESSAGES) throw tooLarge("message_count", count, MAX_MESSAGES);
  const drafts = requests.map(({ data, attributes, orderingKey }) => ({
    data: data ?? Buffer.alloc(0),
    attributes: attributes ?? {},
    orderingKey: orderingKey ?? "",
  }));
  let bytes = 0;
  for (const draft of drafts) {
    checkDraft(draft);
    bytes += sizeOf(draft);
  }
  if (bytes > MAX_BYTES) throw tooLarge("request_size", bytes, MAX_BYTES);
  if (drafts.some(({ orderingKey }) => orderingKey !== drafts[0]?.orderingKey))
    throw invalid("In a single publish request, all messages must have the same ordering key.");
  return drafts;
}

function checkDraft({ data, attributes, orderingKey }: Draft): void {
  const entries = Object.entries(attributes);
  if (data.length === 0 && entries.length === 0)
    throw invalid("Some messages in the publish request are empty: data or at least one attribute is required.");
  if (entries.length > MAX_ATTRIBUTES) throw tooLarge("attributes_count", entries.length, MAX_ATTRIBUTES);
  if (Buffer.byteLength(orderingKey) > MAX_VALUE_BYTES)
    throw tooLarge("ordering_key_size", Buffer.byteLength(orderingKey), MAX_VALUE_BYTES);
  for (const [key, value] of entries) {
    if (key === "" || key.startsWith("goog")) throw invalid(`The attribute key "${key}" is not allowed.`);
    if (typeof value !== "string") throw invalid(`The value of the attribute "${key}" is not a string.`);
    if (Buffer.byteLength(key) > MAX_KEY_BYTES)
      throw tooLarge("attribute_key_size", Buffer.byteLength(key), MAX_KEY_BYTES);
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES)
      throw tooLarge("attribute_value_size", Buffer.byteLength(value), MAX_VALUE_BYTES);
  }
}

function invalid(message: string): RpcError {
  return new RpcError("INVALID_ARGUMENT", message);
}

function tooLarge(what: string, given: number, limit: number): RpcError {
  return invalid(
    `The value for ${what} is too large. You passed ${given} in the request, but the maximum value is ${limit}.`,
  );
}

function tooSmall(what: string, given: number, limit: number): RpcError {
  return invalid(
    `The value for ${what} is too small. You passed ${given} in the request, but the minimum value is ${limit}.`,
  );
}
