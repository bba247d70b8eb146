import { inBytes } from "../../byte-order";
import { RpcError } from "../../grpc/status";

/** Longest ID of a document or collection: https://cloud.google.com/firestore/quotas#limits */
const MAX_ID_BYTES = 1_500;
/** Longest name of a document. */
const MAX_NAME_BYTES = 6 * 1_024;
const ROOT = /^projects\/[^/]+\/databases\/[^/]+\/documents(?:\/|$)/;

/** Throws INVALID_ARGUMENT unless it names a document of the database, as `projects/P/databases/D/documents/C/I`. */
export function checkDocumentName(name: string, database?: string): void {
  const ids = idsOf(name);
  if (ids.length === 0 || ids.length % 2 !== 0) throw invalid(`Document name "${name}" lacks a collection or an ID.`);
  if (database !== undefined && !name.startsWith(`${database}/documents/`))
    throw invalid(`Document name "${name}" is not of database "${database}".`);
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw invalid(`Document name is longer than ${MAX_NAME_BYTES} bytes.`);
}

/** Throws INVALID_ARGUMENT unless it names a document, or all documents of a database. */
export function checkParent(name: string): void {
  if (idsOf(name).length % 2 !== 0) throw invalid(`Parent "${name}" is no document.`);
}

export function collectionOf(documentName: string): string {
  return documentName.slice(0, documentName.lastIndexOf("/"));
}

export function lastId(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Order of names: part by part, in bytes. So what ends a part comes before all that could go on with it. */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  let same = 0;
  while (same < length && left.charCodeAt(same) === right.charCodeAt(same)) same++;
  if (left[same] === "/" || right[same] === "/")
    return same === length ? left.length - right.length : left[same] === "/" ? -1 : 1;
  return inBytes(left.slice(same), right.slice(same));
}

/** IDs behind `documents/`. */
export function idsOf(name: string): string[] {
  const root = typeof name === "string" ? ROOT.exec(name)?.[0] : undefined;
  if (root === undefined) throw invalid(`Invalid resource name "${name}".`);
  const ids = name.length <= root.length ? [] : name.slice(root.length).split("/");
  for (const id of ids) {
    if (id === "" || id === "." || id === ".." || /^__.*__$/.test(id) || Buffer.byteLength(id) > MAX_ID_BYTES)
      throw invalid(`Resource id "${id.slice(0, 100)}" is invalid.`);
  }
  return ids;
}

function invalid(message: string): RpcError {
  return new RpcError("INVALID_ARGUMENT", message);
}
