import type { Clock } from "../../../shared/clock";
import type { Message } from "./message";
import { createQueue } from "./queue";

/** Messages that a seek can bring back. */
export interface Retained {
  add(message: Message): void;
  since(time: number): Message[];
}

/** `duration` in milliseconds, as it is now; undefined: nothing is retained. */
export function createRetained(clock: Clock, duration: () => number | undefined): Retained {
  const messages = createQueue<Message>();
  const forget = () => {
    const oldest = clock.now() - (duration() ?? 0);
    for (let next = messages.peek(); next !== undefined && next.publishedAt < oldest; next = messages.peek())
      messages.shift();
  };
  return {
    add: (message) => {
      forget();
      if (duration() !== undefined) messages.push(message);
    },
    since: (time) => {
      forget();
      return duration() === undefined ? [] : [...messages].filter(({ publishedAt }) => publishedAt >= time);
    },
  };
}
