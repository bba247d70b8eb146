import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "../../http-faults/fault";
import { jsonAnswer } from "../api-fault";
import { operationsOf, runAtomic, runBulk } from "./batch";
import type { Budget } from "./budget";
import { queryCharge } from "./charge";
import type { Container } from "./container";
import { type Json, keyOf } from "./document";
import { asCosmosFault, CosmosFault } from "./fault";
import { type ItemCall, type ItemVerb, runItem } from "./items";
import { type Page, pageSizeOf, querySpecOf, runQuery } from "./query";
import { isRange, queryPlan } from "./resources";

/** A request to the documents of one container. */
export interface DocumentsCall {
  container: Container;
  budget: Budget;
  method: string;
  /** Of the one document that it is for. */
  id: string | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const VERBS: Record<string, ItemVerb> = { GET: "Read", PUT: "Replace", DELETE: "Delete" };
/** The range of partitions has been split, and the client is to read the ranges again. */
const RANGE_GONE = 1002;

/** Does what a request asks for. Throws CosmosFault. */
export async function documentsRequest(call: DocumentsCall): Promise<Answer> {
  const { method, id, headers } = call;
  const has = (name: string) => String(headers[name] ?? "").toLowerCase() === "true";
  checkRange(headers);
  if (id !== undefined) {
    const verb = VERBS[method];
    if (verb === undefined) throw new CosmosFault(501, `Not emulated: ${method} of a document.`);
    return itemRequest(call, verb);
  }
  if (headers["a-im"] !== undefined) throw new CosmosFault(501, "Not emulated: the change feed.");
  if (method === "GET") return feedRequest(call);
  if (method !== "POST") throw new CosmosFault(405, `There is no ${method} of all documents.`);
  if (has("x-ms-cosmos-is-query-plan-request")) return jsonAnswer(200, queryPlan());
  if (has("x-ms-cosmos-is-batch-request")) return batchRequest(call, has("x-ms-cosmos-batch-atomic"));
  if (has("x-ms-documentdb-isquery")) return queryRequest(call);
  return itemRequest(call, has("x-ms-documentdb-is-upsert") ? "Upsert" : "Create");
}

function itemRequest({ container, budget, id, headers, body }: DocumentsCall, verb: ItemVerb): Answer {
  const call: ItemCall = {
    verb,
    key: keyOf(keyHeader(headers)),
    id,
    document: verb === "Read" || verb === "Delete" ? undefined : documentOf(body),
    ifMatch: headers["if-match"],
    ifNoneMatch: headers["if-none-match"],
  };
  const { status, stored, charge } = charged(budget, () => runItem(container, call));
  const answer = jsonAnswer(status, stored?.document, costs(charge));
  if (stored === undefined) return { ...answer, body: "" };
  const isMinimal = verb !== "Read" && headers.prefer === "return=minimal";
  return { ...answer, headers: { ...answer.headers, etag: stored.etag }, body: isMinimal ? "" : answer.body };
}

function batchRequest({ container, budget, headers, body }: DocumentsCall, isAtomic: boolean): Answer {
  const operations = operationsOf(body);
  const continueOnError = String(headers["x-ms-cosmos-batch-continue-on-error"]).toLowerCase() === "true";
  const { status, results, charge } = isAtomic
    ? charged(budget, () => runAtomic(container, operations, keyOf(keyHeader(headers))))
    : runBulk(container, operations, { budget, continueOnError });
  const isMinimal = headers.prefer === "return=minimal";
  const shown = isMinimal ? results.map(({ resourceBody: _, ...result }) => result) : results;
  return jsonAnswer(status, shown, costs(charge));
}

async function queryRequest({ container, budget, headers, body }: DocumentsCall): Promise<Answer> {
  const spec = querySpecOf(body);
  const key = keyHeader(headers);
  const isEverywhere = String(headers["x-ms-documentdb-query-enablecrosspartition"]).toLowerCase() === "true";
  if (key === undefined && !isEverywhere)
    throw new CosmosFault(
      400,
      "Cross partition query is required but disabled. Please set x-ms-documentdb-query-enablecrosspartition to true, specify x-ms-documentdb-partitionkey, or revise your query to avoid this exception.",
    );
  budget.admit();
  const page = await runQuery(container.list(key === undefined ? undefined : keyOf(key)), spec, paging(headers));
  return pageAnswer(container, budget, page);
}

/** All documents, page by page, without a query. */
async function feedRequest({ container, budget, headers }: DocumentsCall): Promise<Answer> {
  const key = keyHeader(headers);
  budget.admit();
  const spec = { query: "SELECT * FROM c", parameters: [] };
  const page = await runQuery(container.list(key === undefined ? undefined : keyOf(key)), spec, paging(headers));
  return pageAnswer(container, budget, page);
}

function pageAnswer({ rid }: Container, budget: Budget, { documents, continuation }: Page): Answer {
  const body = { _rid: rid, Documents: documents, _count: documents.length };
  const charge = queryCharge(Buffer.byteLength(JSON.stringify(documents)));
  budget.spend(charge);
  return jsonAnswer(200, body, {
    ...costs(charge),
    "x-ms-item-count": String(documents.length),
    ...(continuation === undefined ? {} : { "x-ms-continuation": continuation }),
  });
}

function charged<Result extends { charge: number }>(budget: Budget, work: () => Result): Result {
  budget.admit();
  try {
    const result = work();
    budget.spend(result.charge);
    return result;
  } catch (thrown) {
    budget.spend(asCosmosFault(thrown).detail.charge ?? 0);
    throw thrown;
  }
}

function checkRange(headers: IncomingHttpHeaders): void {
  const range = headers["x-ms-documentdb-partitionkeyrangeid"];
  if (range !== undefined && !isRange(String(range).split(",").at(-1)!))
    throw new CosmosFault(410, "The requested resource is no longer available at the server.", {
      substatus: RANGE_GONE,
    });
}

function documentOf(body: Buffer): Json {
  try {
    const document: unknown = JSON.parse(body.toString());
    if (typeof document === "object" && document !== null && !Array.isArray(document)) return document as Json;
  } catch {
    // Answered below.
  }
  throw new CosmosFault(400, "The document is no JSON object.");
}

function paging(headers: IncomingHttpHeaders): { limit: number; continuation: string | undefined } {
  const continuation = headers["x-ms-continuation"];
  return {
    limit: pageSizeOf(headers["x-ms-max-item-count"]),
    continuation: continuation === undefined ? undefined : String(continuation),
  };
}

function keyHeader(headers: IncomingHttpHeaders): string | undefined {
  const header = headers["x-ms-documentdb-partitionkey"];
  return header === undefined ? undefined : String(header);
}

function costs(charge: number): Record<string, string> {
  return { "x-ms-request-charge": String(charge) };
}
