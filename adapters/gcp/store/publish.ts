import type { ItemFailure } from "../../../shared/ports";
import { longestWait } from "../../../shared/retry";
import type { GcpClient } from "../client";
import { publishMessages, type TopicMessage } from "../publish";
import { type Attempts, passesSoon, pause } from "./attempts";

/** A topic, and what publishing to it takes. */
export interface Topic extends Attempts {
  client: GcpClient;
  /** `projects/P/topics/T`. */
  name: string;
  /** Requests at once. */
  concurrency: number;
}

/** Publishes messages, again where that may help, and tells which are not out. What is sent again may be there twice. */
export async function publishAttempted(topic: Topic, messages: readonly TopicMessage[]): Promise<ItemFailure[]> {
  const { client, name, place, concurrency, signal, maxAttempts } = topic;
  const final: ItemFailure[] = [];
  let left = messages.map((message, index) => ({ message, index }));
  for (let attempt = 1; ; attempt++) {
    const failures = await publishMessages(
      left.map(({ message }) => message),
      { client, topic: name, place, parallel: concurrency, signal },
    );
    const over = attempt >= maxAttempts || signal?.aborted;
    const failed = failures.map(({ index, error }) => ({ ...left[index]!, error }));
    const again = over ? [] : failed.filter(({ error }) => passesSoon(error));
    for (const failure of failed)
      if (!again.includes(failure)) final.push({ index: failure.index, error: failure.error });
    if (again.length === 0) return final;
    left = again;
    await pause(longestWait(again), attempt, topic).catch(() => {
      // Cancelled: the next attempt says so of each message.
    });
  }
}
