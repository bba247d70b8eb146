import type { Clock, Random } from "../../shared/clock";
import type { Archive, ArchivedMessage, ArchiveQuery, CallOptions } from "../../shared/ports";
import { guarded } from "../guarded";
import { listPartitions } from "./archive/partitions";
import { readPartition, type Source } from "./archive/runs";
import { errorOf } from "./attempts";
import { blobContainer } from "./blob";
import type { AzureClient, AzureClientOptions } from "./client";

export interface AzureArchiveOptions extends Pick<AzureClientOptions, "credentials" | "timeoutMs"> {
  /** URL of the blob container, `https://<account>.blob.core.windows.net/<container>`. */
  container: string;
  /** In front of `<partition>/YYYY/MM/DD/hh/`, where the function writes. Default `raw/`. */
  prefix?: string | undefined;
  /** Calls in all for one request, the first included. Default 3. */
  maxAttempts?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used instead of one of our own. */
  client?: AzureClient | undefined;
}

export interface AzureArchive extends Archive {
  /** Made at its first use. */
  readonly client: AzureClient;
}

/** Nothing above retries a replay that has read half of a container. */
const MAX_ATTEMPTS = 3;

/**
 * Reads back what the function wrote of the hub, and what Event Hubs captured of it, both where there are both: partition by
 * partition, each in the order of the hub and each message once. Other blobs are left alone. In memory at once: a message and
 * a piece of each blob that overlaps there, or a block of a captured file.
 *
 * `acceptedAt` is when the hub took a message in; captured files have it in whole seconds.
 *
 * @throws SluiceError `encoding`, after what can be read, at a blob that is damaged; its name is in the coordinates.
 */
export function azureArchive(options: AzureArchiveOptions): AzureArchive {
  const { prefix = "raw/", maxAttempts = MAX_ATTEMPTS } = options;
  const place = {
    stage: "archive",
    adapter: "azure/archive",
    coordinates: { container: options.container },
  } as const;
  const blobs = blobContainer({ ...options, place, maxAttempts });
  const { each } = guarded(place, errorOf);

  return {
    get client() {
      return blobs.client;
    },
    read: (query: ArchiveQuery, { signal }: CallOptions = {}) =>
      each(signal, readArchive({ blobs, place, query, signal }, prefix)),
    // Connections belong to the process: there is nothing to close.
    close: async () => {},
  };
}

async function* readArchive(source: Source, prefix: string): AsyncGenerator<ArchivedMessage> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = source.query;
  for (const partition of await listPartitions(source.blobs, prefix, source.signal))
    for await (const { message } of readPartition(source, partition))
      if (message.acceptedAt >= from && message.acceptedAt < to) yield message;
}
