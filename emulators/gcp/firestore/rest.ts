import type { IncomingMessage, ServerResponse } from "node:http";
import { asRpcError, httpStatus, RpcError, sendJson, sendRpcError } from "../../grpc/status";
import { readBody } from "../../listen";
import type { Precondition } from "./model";
import type { Operations, Request } from "./operations";

/** 10 MiB: https://cloud.google.com/firestore/quotas#limits */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;
const DOCUMENTS = /^\/v1\/((projects\/[^/]+\/databases\/[^/]+)\/documents(?:\/.*)?)$/;

/** What `:verb` stands for, and what is before it. */
const VERBS: Record<string, readonly [operation: string, resource: "database" | "parent"]> = {
  commit: ["commit", "database"],
  batchWrite: ["batchWrite", "database"],
  beginTransaction: ["beginTransaction", "database"],
  rollback: ["rollback", "database"],
  batchGet: ["batchGetDocuments", "database"],
  runQuery: ["runQuery", "parent"],
  runAggregationQuery: ["runAggregationQuery", "parent"],
  listCollectionIds: ["listCollectionIds", "parent"],
};

/** Which operation a request is for, and what its address says. */
interface Route {
  operation: string;
  request: Request;
}

/** The JSON API: https://cloud.google.com/firestore/docs/reference/rest */
export function restHandler({ unary, streaming }: Operations) {
  return async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(message);
    if (body === undefined) return;
    let isStream = false;
    try {
      checkSize(body.length);
      const { operation, request } = routeOf(message);
      isStream = operation in streaming;
      const whole = withBody(operation, request, body);
      sendJson(response, isStream ? streaming[operation]!(whole) : unary[operation]!(whole));
    } catch (thrown) {
      // What streams is an array, also if there is nothing but an error in it.
      if (isStream) sendJson(response, [errorOf(thrown)], httpStatus(asRpcError(thrown).status));
      else sendRpcError(response, thrown);
    }
  };
}

export function checkSize(bytes: number): void {
  if (bytes > MAX_REQUEST_BYTES)
    throw new RpcError("INVALID_ARGUMENT", `Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`);
}

function routeOf({ method = "GET", url = "/" }: IncomingMessage): Route {
  const [path = "", search = ""] = url.split("?", 2);
  const [address, verb] = withoutVerb(method, decoded(path));
  const [, resource = "", database = ""] = DOCUMENTS.exec(address) ?? [];
  const query = new URLSearchParams(search);
  if (resource === "") throw nothingAt(method, path);
  if (verb !== undefined) {
    const [operation, kind] = verb;
    return { operation, request: kind === "database" ? { database } : { parent: resource } };
  }
  // Below `documents`, IDs of collections and documents take turns.
  const isDocument = resource.slice(database.length).split("/").length % 2 === 0;
  const end = resource.lastIndexOf("/");
  const collection = { parent: resource.slice(0, end), collectionId: resource.slice(end + 1) };
  const options = optionsOf(query);
  if (!isDocument && method === "GET") return { operation: "listDocuments", request: { ...collection, ...options } };
  if (!isDocument && method === "POST") return { operation: "createDocument", request: { ...collection, ...options } };
  if (isDocument && method === "GET") return { operation: "getDocument", request: { name: resource, ...options } };
  if (isDocument && method === "DELETE")
    return { operation: "deleteDocument", request: { name: resource, ...options } };
  if (isDocument && method === "PATCH")
    return { operation: "updateDocument", request: { document: { name: resource }, ...options } };
  throw nothingAt(method, path);
}

/** An ID may have a colon as well: only what is known is a verb. */
function withoutVerb(method: string, path: string): [address: string, verb: (typeof VERBS)[string] | undefined] {
  const at = path.lastIndexOf(":");
  const word = path.slice(at + 1);
  if (method !== "POST" || at < 0 || !Object.hasOwn(VERBS, word)) return [path, undefined];
  return [path.slice(0, at), VERBS[word]];
}

/** Fields of the request that REST has in the query. */
function optionsOf(query: URLSearchParams): Request {
  const text = (name: string) => query.get(name) ?? undefined;
  const mask = (name: string) => (query.has(name) ? { fieldPaths: query.getAll(name) } : undefined);
  const options = {
    mask: mask("mask.fieldPaths"),
    updateMask: mask("updateMask.fieldPaths"),
    currentDocument: preconditionOf(query),
    documentId: text("documentId"),
    transaction: text("transaction"),
    readTime: text("readTime"),
    pageSize: query.has("pageSize") ? Number(query.get("pageSize")) : undefined,
    pageToken: text("pageToken"),
    orderBy: text("orderBy"),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Request;
}

function preconditionOf(query: URLSearchParams): Precondition | undefined {
  const exists = query.get("currentDocument.exists");
  const updateTime = query.get("currentDocument.updateTime");
  if (exists === null && updateTime === null) return undefined;
  return { ...(exists === null ? {} : { exists: exists === "true" }), ...(updateTime === null ? {} : { updateTime }) };
}

/** Where the address and the body name the same thing, the address is right. */
function withBody(operation: string, request: Request, body: Buffer): Request {
  const json = body.length === 0 ? {} : (parsed(body) as Request);
  if (operation === "createDocument") return { ...request, document: json as object };
  if (operation === "updateDocument") return { ...request, document: { ...json, ...request.document } };
  return { ...json, ...request };
}

function parsed(body: Buffer): object {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new RpcError("INVALID_ARGUMENT", "Invalid JSON payload received.");
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return "";
  }
}

function errorOf(thrown: unknown): object {
  const { status, message } = asRpcError(thrown);
  return { error: { code: httpStatus(status), message, status } };
}

function nothingAt(method: string, path: string): RpcError {
  return new RpcError("NOT_FOUND", `There is nothing at ${method} ${path}.`);
}
