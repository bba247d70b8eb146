import type { Generate } from "../../adapters/pipeline-file";
import { counted } from "../format";
import { type EventSource, emptyBatch, tooLong } from "./source";

export interface GeneratedOptions {
  generate: Generate;
  seed: number;
  count: number;
}

/** Events that the pipeline file makes up: the same seed gives the same events. */
export function generatedEvents({ generate, seed, count }: GeneratedOptions): EventSource {
  let produced = 0;
  return {
    description: `${counted(count, "generated event")} (seed ${seed})`,
    identity: `generated:${seed}:${count}`,
    count,
    share: () => (count === 0 ? 1 : produced / count),
    blank: () => 0,
    close: () => {},
    async *batches({ size, maxBytes }) {
      let batch = emptyBatch();
      for (const { key, body } of generate({ seed, count })) {
        const long = tooLong(body, maxBytes);
        if (long) batch.long.push({ ...long, index: produced });
        else {
          batch.keys.push(key);
          batch.bodies.push(body);
        }
        produced++;
        if (batch.keys.length < size) continue;
        yield batch;
        batch = emptyBatch();
      }
      if (batch.keys.length + batch.long.length > 0) yield batch;
    },
  };
}
