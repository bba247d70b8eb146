import { CosmosFault } from "./fault";

export type Json = Record<string, unknown>;

/** https://learn.microsoft.com/azure/cosmos-db/concepts-limits#per-item-limits */
export const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;
/** Newer accounts take more; this much every account takes. */
const MAX_ID_BYTES = 255;
const MAX_KEY_BYTES = 2_048;
/** How a header or an index has a value that is not there. */
const UNDEFINED = {};
/** The header is not that of the document. */
const KEY_MISMATCH = 1001;

/** The partition key of a header, `["a"]`, in one form for each value. Throws 400. */
export function keyOf(header: string | undefined): string {
  const values = parsedKey(header);
  if (!Array.isArray(values) || values.length !== 1)
    throw new CosmosFault(400, "PartitionKey value must be supplied for this operation.");
  return checkedKey(values[0]);
}

/** The partition key that a document has under a path such as `/key`. */
export function keyIn(document: Json, path: string): string {
  let value: unknown = document;
  for (const name of path.slice(1).split("/")) value = isObject(value) ? value[name] : undefined;
  return checkedKey(value === undefined ? UNDEFINED : value);
}

/** Throws 400 unless the document belongs into this partition. */
export function checkPartition(document: Json, path: string, key: string): void {
  if (keyIn(document, path) !== key)
    throw new CosmosFault(400, "PartitionKey extracted from document doesn't match the one specified in the header.", {
      substatus: KEY_MISMATCH,
    });
}

/** Throws 400 for an id that the service does not take. */
export function checkedId(id: unknown): string {
  const why = idProblem(id);
  if (why !== undefined) throw new CosmosFault(400, `The input content is invalid: ${why}.`);
  return id as string;
}

/** Throws 413 or 400 for a document that the service does not take. */
export function checkDocument(document: Json, bytes: number): void {
  if (bytes > MAX_DOCUMENT_BYTES) throw new CosmosFault(413, "Request size is too large.");
  const { ttl } = document;
  const isTtl = ttl === -1 || (typeof ttl === "number" && Number.isInteger(ttl) && ttl > 0);
  if (ttl !== undefined && ttl !== null && !isTtl)
    throw new CosmosFault(400, "The input ttl is invalid: it is to be a positive integer, or -1.");
}

function idProblem(id: unknown): string | undefined {
  if (typeof id !== "string" || id === "") return "the required property 'id' is missing, or is no text";
  if (/[/\\?#]/.test(id)) return "an id has none of / \\ ? #";
  if (id.endsWith(" ")) return "an id does not end with a space";
  if (Buffer.byteLength(id) > MAX_ID_BYTES) return `an id has at most ${MAX_ID_BYTES} bytes`;
  return undefined;
}

function checkedKey(value: unknown): string {
  const isValue = ["string", "number", "boolean"].includes(typeof value) || value === null || isUndefined(value);
  if (!isValue) throw new CosmosFault(400, "Partition key is no text, number, boolean or null.");
  const key = JSON.stringify([value]);
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new CosmosFault(400, "Partition key is too long.");
  return key;
}

function parsedKey(header: string | undefined): unknown {
  try {
    return JSON.parse(header ?? "");
  } catch {
    return undefined;
  }
}

function isUndefined(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
