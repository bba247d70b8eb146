import type { Archive } from "sluice";
import { enter } from "./service";
import type { MemoryState } from "./state";

/** Reads the log back by time of acceptance. */
export function memoryArchive(state: MemoryState): Archive {
  const { partitions } = state;

  return {
    read: async function* ({ from = -Infinity, to = Infinity }, { signal } = {}) {
      const messages = partitions.flat().filter(({ acceptedAt }) => acceptedAt >= from && acceptedAt < to);
      for (const { body, partition, offset, acceptedAt } of messages.sort((a, b) => a.acceptedAt - b.acceptedAt)) {
        enter(state, signal, "archive");
        yield { body, partition, offset, acceptedAt };
      }
    },
    close: async () => {},
  };
}
