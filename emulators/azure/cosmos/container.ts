import type { Json } from "./document";

export interface ContainerSettings {
  /** Default `/key`. */
  partitionKey?: string | undefined;
  /** Seconds until a document without a `ttl` of its own is gone; -1: never. Default: no document ever is, whatever its `ttl`. */
  defaultTtl?: number | undefined;
}

/** A document with its system properties. */
export interface Stored {
  document: Json;
  etag: string;
  bytes: number;
}

/** Documents by partition and id. One that has expired is not there any more. */
export interface Container {
  readonly database: string;
  readonly id: string;
  readonly rid: string;
  readonly partitionKey: string;
  readonly defaultTtl: number | undefined;
  get(key: string, id: string): Stored | undefined;
  /** Adds the system properties. */
  put(key: string, document: Json): Stored;
  delete(key: string, id: string): void;
  /** Of one partition, or all, in the order in which they were made. */
  list(key?: string): Json[];
  /** All of what happens in `work`, or, if it throws, nothing of it. */
  atomically<Result>(work: () => Result): Result;
}

const SYSTEM = new Set(["_rid", "_self", "_etag", "_attachments", "_ts"]);
const DATABASE_BYTES = 4;
const CONTAINER_BYTES = 8;
const DOCUMENT_BYTES = 16;

export function createContainer(
  [database, id, number]: readonly [database: string, id: string, number: number],
  { partitionKey = "/key", defaultTtl }: ContainerSettings,
  clock: { now(): number },
): Container {
  const partitions = new Map<string, Map<string, Stored>>();
  const prefix = Buffer.alloc(CONTAINER_BYTES);
  prefix.writeUInt32BE(1, 0);
  prefix.writeUInt32BE(number, DATABASE_BYTES);
  let count = 0;
  let undo: (() => void)[] | undefined;

  const seconds = () => Math.floor(clock.now() / 1_000);
  const partition = (key: string) => {
    const found = partitions.get(key) ?? new Map<string, Stored>();
    partitions.set(key, found);
    return found;
  };
  const isGone = ({ document }: Stored) => {
    if (defaultTtl === undefined) return false;
    const ttl = typeof document["ttl"] === "number" ? document["ttl"] : defaultTtl;
    return ttl >= 0 && Number(document["_ts"]) + ttl <= seconds();
  };
  const get = (key: string, name: string) => {
    const found = partitions.get(key)?.get(name);
    if (found === undefined || !isGone(found)) return found;
    partitions.get(key)?.delete(name);
    return undefined;
  };
  const remember = (key: string, name: string) => {
    const before = partitions.get(key)?.get(name);
    undo?.push(() => (before === undefined ? partition(key).delete(name) : partition(key).set(name, before)));
  };

  return {
    database,
    id,
    rid: ridOf(prefix),
    partitionKey,
    defaultTtl,
    get,
    put: (key, given) => {
      const name = String(given["id"]);
      const old = get(key, name);
      remember(key, name);
      const rid = old?.document["_rid"] ?? documentRid(prefix, ++count);
      const etag = `"${[++count, 0, 0, 0, seconds()].map((part) => part.toString(16).padStart(8, "0")).join("-")}"`;
      const document = {
        ...withoutSystem(given),
        _rid: rid,
        _self: `dbs/${ridOf(prefix.subarray(0, DATABASE_BYTES))}/colls/${ridOf(prefix)}/docs/${rid}/`,
        _etag: etag,
        _attachments: "attachments/",
        _ts: seconds(),
      };
      const stored = { document, etag, bytes: Buffer.byteLength(JSON.stringify(document)) };
      partition(key).set(name, stored);
      return stored;
    },
    delete: (key, name) => {
      remember(key, name);
      partitions.get(key)?.delete(name);
    },
    list: (key) => {
      const all = key === undefined ? [...partitions.values()] : [partitions.get(key) ?? new Map<string, Stored>()];
      return all.flatMap((documents) =>
        [...documents.values()].filter((stored) => !isGone(stored)).map(({ document }) => document),
      );
    },
    atomically: (work) => {
      undo = [];
      try {
        return work();
      } catch (thrown) {
        for (const step of undo.reverse()) step();
        throw thrown;
      } finally {
        undo = undefined;
      }
    },
  };
}

function withoutSystem(document: Json): Json {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !SYSTEM.has(name)));
}

function documentRid(prefix: Buffer, number: number): string {
  const bytes = Buffer.alloc(DOCUMENT_BYTES);
  prefix.copy(bytes);
  bytes.writeUInt32LE(number, CONTAINER_BYTES);
  return ridOf(bytes);
}

/** A resource's own id, which stands in paths and so has no slash. */
function ridOf(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("/", "-");
}
