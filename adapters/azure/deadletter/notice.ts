import type { DeadLetter } from "../../../shared/deadletter";
import { chunked } from "../../chunked";
import { type Attempts, attempted } from "../attempts";
import { STORAGE_VERSION } from "../blob";
import type { AzureClient } from "../client";

/** What a message of the queue says of letters: where they are. The events are not in it. */
export interface Notice {
  letters: readonly { id: string; code: string; blob: string }[];
}

/** 64 KiB once it is base64, as Azure's own readers of queues expect it: https://learn.microsoft.com/rest/api/storageservices/put-message */
const MAX_NOTICE_BYTES = 48 * 1024;
const FRAME_BYTES = '{"letters":[]}'.length;

/** Puts messages for the given letters, by the names of their blobs. They stay until somebody takes them. */
export async function putNotices(
  client: AzureClient,
  letters: Iterable<readonly [blob: string, letter: DeadLetter]>,
  context: Attempts,
): Promise<void> {
  const entries = Array.from(letters, ([blob, { id, code }]) => JSON.stringify({ id, code, blob }));
  const limits = {
    items: Number.POSITIVE_INFINITY,
    size: MAX_NOTICE_BYTES - FRAME_BYTES,
    sizeOf: (entry: string) => Buffer.byteLength(entry) + 1,
  };
  for (const chunk of chunked(entries, limits)) {
    const text = Buffer.from(`{"letters":[${chunk.join(",")}]}`).toString("base64");
    const call = {
      path: "/messages?messagettl=-1",
      body: `<QueueMessage><MessageText>${text}</MessageText></QueueMessage>`,
      headers: { ...STORAGE_VERSION, "content-type": "application/xml" },
      signal: context.signal,
    };
    await attempted(() => client.bytes(call), context);
  }
}
