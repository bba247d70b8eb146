import { randomBytes } from "node:crypto";
import type { Clock } from "../../../shared/clock";
import { RpcError } from "../../grpc/status";
import { aggregate } from "./aggregation";
import type { Documents } from "./documents";
import { parseFieldPath, project } from "./field-path";
import type { Aggregation, Document, Fields, Mask, Order, Precondition, StructuredQuery, Write } from "./model";
import { checkDocumentName, checkParent, lastId } from "./name";
import { runQuery } from "./query";
import { createTicker } from "./time";
import { createTransactions } from "./transactions";
import { applyWrites, writtenName } from "./write";

/** A request in its JSON form, with what REST has in the path and in the query. */
export interface Request {
  database?: string;
  parent?: string;
  name?: string;
  collectionId?: string;
  documentId?: string;
  document?: { name?: string; fields?: Fields };
  documents?: string[];
  mask?: Mask;
  updateMask?: Mask;
  currentDocument?: Precondition;
  writes?: Write[];
  transaction?: string;
  newTransaction?: { readOnly?: object };
  options?: { readOnly?: object };
  readTime?: string;
  structuredQuery?: StructuredQuery;
  structuredAggregationQuery?: { structuredQuery?: StructuredQuery; aggregations?: Aggregation[] };
  pageSize?: number;
  pageToken?: string;
  orderBy?: string;
}

/** Methods of google.firestore.v1.Firestore. One that streams its answer gives all of it at once. */
export interface Operations {
  unary: Readonly<Record<string, (request: Request) => object>>;
  streaming: Readonly<Record<string, (request: Request) => object[]>>;
}

/** Most writes in one request. The service has lifted this limit for `commit`; who keeps to it is on the safe side. */
const MAX_WRITES = 500;
const DEFAULT_PAGE = 100;
const ALREADY_WRITTEN = "Cannot write the same document more than once in a batch:";

export function createOperations(documents: Documents, clock: Clock): Operations {
  const tick = createTicker(clock);
  const transactions = createTransactions(clock);

  /** The transaction that a read belongs to, and what a new one is answered with. */
  function transactionOf({ transaction, newTransaction, readTime }: Request): { id?: string; head: object[] } {
    if (readTime !== undefined) throw new RpcError("UNIMPLEMENTED", "Reads of the past are not emulated.");
    if (newTransaction === undefined) return transaction ? { id: transaction, head: [] } : { head: [] };
    const id = transactions.begin(newTransaction);
    return { id, head: [{ transaction: id }] };
  }

  function read(name: string, id: string | undefined): Document | undefined {
    if (id !== undefined) transactions.read(id, () => documents.get(name)?.updateTime ?? "");
    return documents.get(name);
  }

  function find(parent: string, query: StructuredQuery, id: string | undefined): Document[] {
    const look = () => runQuery(documents, parent, query);
    const versions = () => look().flatMap(({ name, updateTime }) => [name, updateTime]);
    if (id !== undefined) transactions.read(id, () => versions().join("\n"));
    return look();
  }

  const getDocument = (request: Request): Document => {
    const name = request.name ?? "";
    checkDocumentName(name);
    const document = read(name, transactionOf(request).id);
    if (document === undefined) throw new RpcError("NOT_FOUND", `Document "${name}" not found.`);
    return masked(document, request.mask);
  };

  const write = (write: Write, mask?: Mask): Document => {
    const name = writtenName(write);
    applyWrites(documents, databaseOf(name), [write], tick());
    return masked(documents.get(name)!, mask);
  };

  const unary: Operations["unary"] = {
    getDocument,
    commit: ({ database = "", writes = [], transaction }) => {
      checkCount(writes);
      if (transaction) transactions.commit(transaction, writes.length);
      const commitTime = tick();
      return { writeResults: applyWrites(documents, database, writes, commitTime), commitTime };
    },
    batchWrite: ({ database = "", writes = [] }) => {
      checkCount(writes);
      checkOnce(writes);
      const outcomes = writes.map((write) => attempt(() => applyWrites(documents, database, [write], tick())[0]!));
      return { writeResults: outcomes.map(({ result }) => result), status: outcomes.map(({ status }) => status) };
    },
    beginTransaction: ({ options }) => ({ transaction: transactions.begin(options) }),
    rollback: ({ transaction = "" }) => {
      transactions.rollback(transaction);
      return {};
    },
    createDocument: ({ parent = "", collectionId = "", documentId, document = {}, mask }) => {
      const id = documentId || randomBytes(15).toString("base64url");
      const update = { name: `${parent}/${collectionId}/${id}`, fields: document.fields ?? {} };
      return write({ update, currentDocument: { exists: false } }, mask);
    },
    updateDocument: ({ document = {}, updateMask, currentDocument = {}, mask }) => {
      const update = { name: document.name ?? "", fields: document.fields ?? {} };
      return write({ update, currentDocument, ...(updateMask === undefined ? {} : { updateMask }) }, mask);
    },
    deleteDocument: ({ name = "", currentDocument = {} }) => {
      applyWrites(documents, databaseOf(name), [{ delete: name, currentDocument }], tick());
      return {};
    },
    listDocuments: (request) => {
      const { parent = "", collectionId = "", pageSize = 0, pageToken, mask } = request;
      const size = pageSize || DEFAULT_PAGE;
      const offset = pageToken ? Number(Buffer.from(pageToken, "base64url").toString()) : 0;
      const query = { from: [{ collectionId }], orderBy: ordersOf(request.orderBy), offset, limit: size + 1 };
      const found = find(parent, query, transactionOf(request).id);
      const page = found.slice(0, size).map((document) => masked(document, mask));
      const nextPageToken = Buffer.from(String(offset + size)).toString("base64url");
      return {
        ...(page.length === 0 ? {} : { documents: page }),
        ...(found.length > size ? { nextPageToken } : {}),
      };
    },
    listCollectionIds: ({ parent = "" }) => {
      checkParent(parent);
      return { collectionIds: documents.collections(parent).map(lastId).sort() };
    },
  };

  const streaming: Operations["streaming"] = {
    batchGetDocuments: (request) => {
      const { documents: names = [], database, mask } = request;
      const { id, head } = transactionOf(request);
      const answers = [...new Set(names)].map((name) => {
        checkDocumentName(name, database);
        const found = read(name, id);
        const readTime = tick();
        return found === undefined ? { missing: name, readTime } : { found: masked(found, mask), readTime };
      });
      return [...head, ...answers];
    },
    runQuery: (request) => {
      const { parent = "", structuredQuery = {} } = request;
      const { id, head } = transactionOf(request);
      const found = find(parent, structuredQuery, id);
      const readTime = tick();
      const answers = found.map((document) => ({ document, readTime }));
      return [...head, ...(answers.length === 0 ? [{ readTime }] : answers)];
    },
    runAggregationQuery: (request) => {
      const { parent = "", structuredAggregationQuery: { structuredQuery = {}, aggregations = [] } = {} } = request;
      const { id, head } = transactionOf(request);
      const aggregateFields = aggregate(find(parent, structuredQuery, id), aggregations);
      return [...head, { result: { aggregateFields }, readTime: tick() }];
    },
  };
  return { unary, streaming };
}

/** One write of a batch, which fails alone. */
function attempt<T>(apply: () => T): { result: T | object; status: object } {
  try {
    return { result: apply(), status: {} };
  } catch (thrown) {
    if (!(thrown instanceof RpcError)) throw thrown;
    return { result: {}, status: { code: thrown.code, message: thrown.message } };
  }
}

function checkCount(writes: readonly Write[]): void {
  if (writes.length > MAX_WRITES)
    throw new RpcError("INVALID_ARGUMENT", `maximum ${MAX_WRITES} writes allowed per request`);
}

function checkOnce(writes: readonly Write[]): void {
  const names = new Set<string>();
  for (const write of writes) {
    const name = writtenName(write);
    if (names.has(name)) throw new RpcError("INVALID_ARGUMENT", `${ALREADY_WRITTEN} ${name}`);
    names.add(name);
  }
}

/** `projects/P/databases/D` of a document. */
function databaseOf(name: string): string {
  return name.split("/").slice(0, 4).join("/");
}

function masked(document: Document, mask: Mask | undefined): Document {
  if (mask?.fieldPaths === undefined) return document;
  return { ...document, fields: project(document.fields, mask.fieldPaths.map(parseFieldPath)) };
}

/** `priority desc, __name__`. */
function ordersOf(text = ""): Order[] {
  const parts = text.split(",").map((part) => part.trim().split(/\s+/));
  return parts.flatMap(([fieldPath, direction]) =>
    fieldPath ? [{ field: { fieldPath }, direction: direction === "desc" ? "DESCENDING" : "ASCENDING" }] : [],
  );
}
