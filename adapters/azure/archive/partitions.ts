import { ConfigError } from "../../../shared/errors";
import { listFolders } from "../../objects";
import type { BlobContainer } from "../blob";

/** Where the messages of a partition are. */
export interface Partition {
  name: string;
  /** Folder of what the function wrote, with a slash at its end. */
  ours: string | undefined;
  /** Folder of what Event Hubs captured. */
  captured: string | undefined;
}

/** `<namespace>/<hub>/<partition>/`, which stands in front of the times that capture makes. */
const CAPTURED = /^([^/]+\/[^/]+)\/(\d+)\/$/;

/** All partitions that the container has anything of. @throws ConfigError if there are several hubs in it. */
export async function listPartitions(
  blobs: BlobContainer,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<Partition[]> {
  const partitions = new Map<string, Partition>();
  const add = (name: string, folder: Partial<Partition>) => {
    partitions.set(name, { name, ours: undefined, captured: undefined, ...partitions.get(name), ...folder });
  };
  for (const folder of await foldersOf(blobs, prefix, signal)) add(folder.slice(prefix.length, -1), { ours: folder });
  const hubs = new Set<string>();
  for (const namespace of await foldersOf(blobs, "", signal)) {
    if (prefix.startsWith(namespace)) continue;
    for (const { prefix: captured } of await listFolders(blobs, namespace, 2, signal)) {
      const [, hub, name] = CAPTURED.exec(captured) ?? [];
      if (hub === undefined || name === undefined) continue;
      hubs.add(hub);
      add(name, { captured });
    }
  }
  if (hubs.size > 1)
    throw new ConfigError(
      `there are captured files of ${hubs.size} hubs in the container: ${[...hubs].join(", ")}.`,
      "archive",
      "Capture each hub into a container of its own.",
    );
  return [...partitions.values()];
}

async function foldersOf(blobs: BlobContainer, prefix: string, signal: AbortSignal | undefined): Promise<string[]> {
  const folders: string[] = [];
  for await (const page of blobs.pages({ prefix, flat: true }, signal)) folders.push(...page.folders);
  return folders;
}
