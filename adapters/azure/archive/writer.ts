import type { Clock, Random } from "../../../shared/clock";
import type { CallOptions } from "../../../shared/ports";
import { guarded } from "../../guarded";
import { NDJSON_TYPE } from "../../ndjson";
import { errorOf } from "../attempts";
import { blobContainer } from "../blob";
import type { AzureClient, AzureClientOptions } from "../client";
import { archiveText, type StreamMessage } from "./lines";
import { blobName } from "./names";

export type { StreamMessage } from "./lines";

export interface ArchiveWriterOptions extends Pick<AzureClientOptions, "credentials" | "timeoutMs"> {
  /** URL of the blob container. */
  container: string;
  /** In front of `<partition>/YYYY/MM/DD/hh/`. Default `raw/`. */
  prefix?: string | undefined;
  /** Calls in all for one request, the first included. Default 2. */
  maxAttempts?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used instead of one of our own. */
  client?: AzureClient | undefined;
}

export interface ArchiveWriter {
  /**
   * Messages of one partition, in order, as one blob. The same messages are the same blob, so a batch that comes again
   * changes nothing; one that is cut otherwise overlaps, which `azureArchive` sees to.
   */
  write(partition: string, messages: readonly StreamMessage[], options?: CallOptions): Promise<void>;
}

/** Keeps the raw messages of a hub where it has no capture. */
export function archiveWriter(options: ArchiveWriterOptions): ArchiveWriter {
  const { prefix = "raw/" } = options;
  const place = {
    stage: "archive",
    adapter: "azure/archive",
    coordinates: { container: options.container },
  } as const;
  const blobs = blobContainer({ ...options, place });
  const { run } = guarded(place, errorOf);

  return {
    write: (partition, messages, { signal } = {}) =>
      run(signal, async () => {
        const first = messages[0];
        const last = messages.at(-1);
        if (first === undefined || last === undefined) return;
        const name = blobName(prefix, partition, { first: first.sequence, last: last.sequence, from: first.time });
        await blobs.put(name, archiveText(messages), { contentType: NDJSON_TYPE, ifAbsent: true, signal });
      }),
  };
}
