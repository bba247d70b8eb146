import { type DeadLetterStore, decodeDeadLetter, encodeDeadLetter, SluiceError } from "sluice";
import { enter } from "./service";
import type { MemoryState } from "./state";

const MAX_EVENT_BYTES = 12 * 1024 * 1024;

/** Each letter once, through its encoded form as any store would hold it. */
export function memoryDeadLetters(state: MemoryState): DeadLetterStore {
  const { letters } = state;

  return {
    capabilities: { payload: true, maxEventBytes: MAX_EVENT_BYTES },

    put: async (put, { signal } = {}) => {
      enter(state, signal, "deadletter");
      if (put.some(({ body }) => body.length > MAX_EVENT_BYTES))
        throw new SluiceError("store-rejected", "deadletter", "An event is too long.");
      for (const letter of put)
        if (!letters.has(letter.id)) letters.set(letter.id, decodeDeadLetter(encodeDeadLetter(letter))!);
    },

    list: async function* ({ code, from = -Infinity, limit }, { signal } = {}) {
      const matches = [...letters.values()]
        .filter((letter) => (code ?? letter.code) === letter.code && letter.failedAt >= from)
        .sort((a, b) => a.failedAt - b.failedAt);
      for (const letter of matches.slice(0, limit)) {
        enter(state, signal, "deadletter");
        yield letter;
      }
    },

    take: async (ids, { signal } = {}) => {
      enter(state, signal, "deadletter");
      return ids.filter((id) => letters.delete(id)).length;
    },

    close: async () => {},
  };
}
