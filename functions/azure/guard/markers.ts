import type { BlobContainer } from "../../../adapters/azure/blob";
import { decodeMarker, encodeMarker, type Marker } from "./marker";

/** Where markers outlive processes and instances. One per partition. */
export interface Markers {
  read(partition: string, signal?: AbortSignal): Promise<Marker | undefined>;
  write(partition: string, marker: Marker, signal?: AbortSignal): Promise<void>;
  remove(partition: string, signal?: AbortSignal): Promise<void>;
}

/** As blobs of a container. @param group A hub's consumer group, whose checkpoints they complete: `<hub>/<group>`. */
export function blobMarkers(blobs: BlobContainer, group: string): Markers {
  const nameOf = (partition: string) => `suspects/${group}/${partition}.json`;
  return {
    read: async (partition, signal) => {
      const blob = await blobs.get(nameOf(partition), { signal });
      return blob && decodeMarker(blob.body.toString());
    },
    write: async (partition, marker, signal) => {
      const contentType = "application/json";
      await blobs.put(nameOf(partition), encodeMarker(marker), { contentType, signal });
    },
    remove: async (partition, signal) => {
      await blobs.delete(nameOf(partition), { signal });
    },
  };
}
