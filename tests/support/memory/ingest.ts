import { encodeEnvelope, type Ingest, type ItemFailure, type PublishReport, partitionOf, SluiceError } from "sluice";
import { enter, hit } from "./service";
import type { MemoryState } from "./state";

const MAX_EVENT_BYTES = 256 * 1024;

/** Appends to the partitioned log: the events of one call and partition are one envelope. */
export function memoryIngest(state: MemoryState): Ingest {
  const { partitions, producers, clock } = state;

  return {
    capabilities: { ordering: "per-key", idempotentProducer: true, maxEventBytes: MAX_EVENT_BYTES },

    publish: async ({ keys, bodies, producer }, { signal } = {}) => {
      enter(state, signal, "ingest");
      const failures: ItemFailure[] = [];
      const report: PublishReport = { accepted: 0, alreadyAccepted: 0, failures };
      const [partition0] = hit(state, 1, "ingest");
      const fresh = partitions.map((): (string | Uint8Array)[] => []);
      for (const [index, key] of keys.entries()) {
        const body = bodies[index]!;
        const partition = partitionOf(key, partitions.length);
        if (Buffer.byteLength(body) > MAX_EVENT_BYTES) {
          failures.push({ index, error: new SluiceError("oversize", "ingest", "The event is too long.") });
          continue;
        }
        // A partition takes the events of a call together, or none: otherwise a repeat would skip what failed.
        if (partition === 0 && partition0) {
          failures.push({ index, error: partition0.error });
          continue;
        }
        if (producer) {
          const sequence = producer.sequence + index;
          const place = `${producer.id}/${partition}`;
          if (sequence < (producers.get(place) ?? 0)) {
            report.alreadyAccepted++;
            continue;
          }
          producers.set(place, sequence + 1);
        }
        fresh[partition]!.push(body);
        report.accepted++;
      }
      for (const [partition, events] of fresh.entries()) {
        if (events.length === 0) continue;
        const log = partitions[partition]!;
        const acceptedAt = Math.max(clock.now(), log.at(-1)?.acceptedAt ?? 0);
        const body = encodeEnvelope(events, acceptedAt);
        const place = { partition: String(partition), offset: String(log.length), acceptedAt };
        log.push({ body, ...place, events: events.length });
      }
      return report;
    },

    close: async () => {},
  };
}
