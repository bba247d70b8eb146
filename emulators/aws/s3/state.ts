import { inBytes } from "../../byte-order";

/** What is kept of an object. */
export interface StoredObject {
  body: Buffer;
  /** Quoted, as in the header. */
  etag: string;
  modified: number;
  /** Sent back as they came: type, encoding, user metadata, checksum. */
  headers: Record<string, string>;
}

export interface Bucket {
  readonly name: string;
  readonly objects: Map<string, StoredObject>;
  put(key: string, object: StoredObject): void;
  delete(key: string): void;
  /** All keys in byte order, as S3 lists them. */
  keys(): readonly string[];
}

export function createBucket(name: string): Bucket {
  const objects = new Map<string, StoredObject>();
  let sorted: readonly string[] | undefined = [];
  return {
    name,
    objects,
    put: (key, object) => {
      if (!objects.has(key)) sorted = undefined;
      objects.set(key, object);
    },
    delete: (key) => {
      if (objects.delete(key)) sorted = undefined;
    },
    keys: () => {
      sorted ??= [...objects.keys()].sort(inBytes);
      return sorted;
    },
  };
}
