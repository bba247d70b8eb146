import { SluiceError } from "../../shared/errors";
import { longerThan } from "../../shared/guards";
import { partitionOf } from "../../shared/hash";
import type { Ingest, ItemFailure, PublishBatch, PublishReport } from "../../shared/ports";
import { cancelled } from "./cancelled";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";
import { append } from "./sqlite/log";

export interface LocalIngestOptions {
  /** Events packed into one message of the log. */
  maxEventsPerMessage?: number | undefined;
}

/** Longest event the log takes: more than any cloud's stream does. */
const MAX_EVENT_BYTES = 1024 * 1024;
const MAX_MESSAGE_BYTES = 256 * 1024;
const DEFAULT_EVENTS_PER_MESSAGE = 100;

/**
 * Publishes to the partitioned log. One transaction per partition and call: its events are durable together or failed
 * together. An event that is too long fails alone, and later events of its key go on, since it can never succeed.
 */
export function localIngest(files: Files, options: LocalIngestOptions = {}): Ingest {
  const { partitions, clock } = files;
  const limits = {
    maxEventsPerMessage: options.maxEventsPerMessage ?? DEFAULT_EVENTS_PER_MESSAGE,
    maxMessageBytes: MAX_MESSAGE_BYTES,
  };

  return {
    capabilities: { ordering: "per-key", idempotentProducer: true, maxEventBytes: MAX_EVENT_BYTES },
    publish: async (batch, { signal } = {}) => {
      if (signal?.aborted) throw cancelled("ingest", "local/ingest");
      const failures: ItemFailure[] = [];
      const report: PublishReport = { accepted: 0, alreadyAccepted: 0, failures };
      for (const [partition, indices] of route(batch, partitions, failures).entries()) {
        if (indices.length === 0) continue;
        try {
          const events = {
            bodies: indices.map((index) => batch.bodies[index] ?? ""),
            producer: batch.producer?.id,
            sequences: batch.producer && indices.map((index) => (batch.producer?.sequence ?? 0) + index),
          };
          const skipped = append(files.log(partition), events, limits, clock.now());
          report.alreadyAccepted += skipped;
          report.accepted += indices.length - skipped;
        } catch (thrown) {
          const error = sqliteError(thrown, { stage: "ingest", adapter: "local/ingest", file: `log-${partition}.db` });
          for (const index of indices) failures.push({ index, error });
        }
      }
      failures.sort((a, b) => a.index - b.index);
      return report;
    },
    close: async () => {},
  };
}

/** Indices of the batch per partition, in order; what is too long is a failure instead. */
function route({ keys, bodies }: PublishBatch, partitions: number, failures: ItemFailure[]): number[][] {
  if (keys.length !== bodies.length) throw new RangeError(`${keys.length} keys for ${bodies.length} events`);
  const routed: number[][] = Array.from({ length: partitions }, () => []);
  for (const [index, key] of keys.entries()) {
    const body = bodies[index] ?? "";
    const partition = partitionOf(key, partitions);
    if (typeof body === "string" ? longerThan(body, MAX_EVENT_BYTES) : body.length > MAX_EVENT_BYTES) {
      failures.push({ index, error: oversize(partition) });
    } else routed[partition]?.push(index);
  }
  return routed;
}

function oversize(partition: number): SluiceError {
  return new SluiceError("oversize", "ingest", `the event is longer than ${MAX_EVENT_BYTES} bytes`, {
    adapter: "local/ingest",
    coordinates: { partition },
  });
}
