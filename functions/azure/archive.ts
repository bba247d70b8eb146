import { archiveWriter } from "../../adapters/azure/archive/writer";
import type { AzureCredentials } from "../../adapters/azure/client";
import type { Clock, Random } from "../../shared/clock";
import { createDeadline } from "../../shared/deadline";
import type { Delivery } from "../../shared/delivery";

export interface ArchiveOptions {
  /** URL of a blob container. */
  container: string;
  credentials: AzureCredentials;
  clock: Clock;
  random: Random;
}

/** A batch of the longest messages is a hundred megabytes, in one request. The batch's own deadline ends it earlier where it has to. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Keeps batches as they came, within their deadlines: the host ends a process in which a batch takes longer. */
export function openArchive(options: ArchiveOptions): (delivery: Delivery) => Promise<void> {
  const { clock } = options;
  const { write } = archiveWriter({ ...options, timeoutMs: REQUEST_TIMEOUT_MS });
  return async ({ partition, messages, deadline: at, signal: parent }) => {
    const kept = messages.map(({ body, offset, arrivedAt = 0 }) => ({
      sequence: Number(offset),
      offset,
      time: arrivedAt,
      body,
    }));
    const deadline = createDeadline({ clock, at, reserveMs: 0, parent });
    try {
      await write(partition, kept, { signal: deadline.signal });
    } finally {
      deadline.dispose();
    }
  };
}
