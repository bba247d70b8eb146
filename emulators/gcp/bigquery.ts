import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import type { Clock } from "../../shared/clock";
import { ApiFault } from "../api-fault";
import { systemClock } from "../clock";
import { sendJson } from "../grpc/status";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";
import { notImplemented, sendApiFault } from "./api-fault";
import { cellsOf } from "./bigquery/cells";
import type { Column, Row } from "./bigquery/schema";
import { createTable, type InsertAll, type Table, type TableResource } from "./bigquery/table";

export type { Column, Row } from "./bigquery/schema";

export interface BigQueryOptions extends ListenOptions {
  /** For how long a repeated row is known. Default: the machine's. */
  clock?: Pick<Clock, "monotonic"> | undefined;
}

/**
 * BigQuery's REST API in this process, in memory: datasets, tables, rows by insertAll with its de-duplication and its errors
 * row by row, lists of rows, and queries of the form `SELECT * FROM t` and `SELECT COUNT(*) FROM t`, each with LIMIT. Other
 * SQL answers 501; nobody is asked for a token.
 */
export interface BigQueryEmulator extends Listener {
  /** What is in a table, `P.D.T`: for tests. */
  rows(table: string): readonly Row[];
  /** Makes it, and its dataset, unless it is there. */
  createTable(table: string, columns: readonly Column[]): void;
}

interface Call {
  method: string;
  project: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

/** https://cloud.google.com/bigquery/quotas#streaming_inserts */
const MAX_REQUEST_BYTES = 10_000_000;
const QUERY =
  /^\s*select\s+(?<what>\*|count\(\s*\*\s*\)(?:\s+(?:as\s+)?(?<alias>\w+))?)\s+from\s+`?(?<table>[\w.:-]+)`?(?:\s+limit\s+(?<limit>\d+))?\s*;?\s*$/i;

export async function openBigQuery({
  clock = systemClock,
  ...options
}: BigQueryOptions = {}): Promise<BigQueryEmulator> {
  const datasets = new Map<string, object>();
  const tables = new Map<string, Table>();

  const listener = await listen(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    try {
      sendJson(response, route(request, body));
    } catch (thrown) {
      sendApiFault(response, thrown);
    }
  }, options);

  function route(request: IncomingMessage, body: Buffer): object {
    const { method = "GET", url = "/" } = request;
    const [path = "", search = ""] = url.split("?", 2);
    // The client leaves the API's own prefix out when it talks to an emulator.
    const parts = path
      .replace(/^\/bigquery\/v2/, "")
      .split("/")
      .slice(1)
      .map(decodeURIComponent);
    const [projects, project = "", kind, dataset = "", tablesKind, table = "", action] = parts;
    if (projects !== "projects") throw new ApiFault(404, "notFound", "Not Found");
    const call: Call = { method, project, query: new URLSearchParams(search), body: parsed(request, body) };
    if (kind === "queries" && method === "POST") return runQuery(call);
    if (kind !== "datasets" || (tablesKind ?? "tables") !== "tables") throw notImplemented(`${method} ${path}`);
    if (dataset === "") return insertDataset(call);
    if (tablesKind === undefined && method === "GET") return found(datasets, "Dataset", `${project}.${dataset}`);
    if (table === "") return insertTable(call, dataset);
    return tableCall(call, found(tables, "Table", `${project}.${dataset}.${table}`), action);
  }

  function insertDataset({ method, project, body }: Call): object {
    if (method !== "POST") throw notImplemented("a list of datasets");
    const id = `${project}.${(body["datasetReference"] as { datasetId: string }).datasetId}`;
    const resource = { kind: "bigquery#dataset", id: id.replace(".", ":"), ...body };
    return added(datasets, "Dataset", id, resource);
  }

  function insertTable({ method, project, body }: Call, dataset: string): object {
    found(datasets, "Dataset", `${project}.${dataset}`);
    if (method !== "POST") throw notImplemented("a list of tables");
    const { tableId } = (body as unknown as TableResource).tableReference;
    const resource = { kind: "bigquery#table", id: `${project}:${dataset}.${tableId}`, type: "TABLE", ...body };
    const table = createTable(resource as unknown as Table["resource"], clock);
    return added(tables, "Table", `${project}.${dataset}.${tableId}`, table).resource;
  }

  function tableCall({ method, query, body }: Call, table: Table, action: string | undefined): object {
    if (action === undefined && method === "GET") return table.resource;
    if (action === "insertAll" && method === "POST") {
      const insertErrors = table.insertAll(body as InsertAll);
      return { kind: "bigquery#tableDataInsertAllResponse", ...(insertErrors.length === 0 ? {} : { insertErrors }) };
    }
    if (action !== "data" || method !== "GET") throw notImplemented(`${method} of a table`);
    const start = Number(query.get("pageToken") ?? query.get("startIndex") ?? 0);
    const end = Math.min(table.rows.length, start + Number(query.get("maxResults") ?? table.rows.length));
    return {
      kind: "bigquery#tableDataList",
      totalRows: String(table.rows.length),
      rows: cells(table, start, end, query.get("formatOptions.useInt64Timestamp") === "true"),
      ...(end < table.rows.length ? { pageToken: String(end) } : {}),
    };
  }

  function runQuery({ project, body }: Call): object {
    const { what, alias = "f0_", table: name = "", limit } = QUERY.exec(String(body["query"]))?.groups ?? {};
    if (what === undefined) throw notImplemented("SQL other than SELECT * or COUNT(*) of one table");
    const id = name.replace(":", ".");
    const table = found(tables, "Table", id.split(".").length === 2 ? `${project}.${id}` : id);
    const count = Math.min(table.rows.length, Number(limit ?? table.rows.length));
    const { useInt64Timestamp = false } = (body["formatOptions"] ?? {}) as { useInt64Timestamp?: boolean };
    const answer =
      what === "*"
        ? { schema: table.resource.schema, rows: cells(table, 0, count, useInt64Timestamp) }
        : { schema: { fields: [{ name: alias, type: "INTEGER" }] }, rows: [{ f: [{ v: String(table.rows.length) }] }] };
    return {
      kind: "bigquery#queryResponse",
      jobReference: { projectId: project, jobId: `job_${randomUUID()}` },
      jobComplete: true,
      totalRows: String(answer.rows.length),
      ...answer,
    };
  }

  return {
    ...listener,
    rows: (table) => found(tables, "Table", table).rows,
    createTable: (id, fields) => {
      const [project = "", dataset = "", tableId = ""] = id.split(".");
      const call = { method: "POST", project, query: new URLSearchParams() };
      const datasetReference = { projectId: project, datasetId: dataset };
      if (!datasets.has(`${project}.${dataset}`)) insertDataset({ ...call, body: { datasetReference } });
      const body = { tableReference: { ...datasetReference, tableId }, schema: { fields } };
      if (!tables.has(id)) insertTable({ ...call, body }, dataset);
    },
  };
}

function cells({ resource, rows }: Table, start: number, end: number, int64Timestamps: boolean) {
  return rows.slice(start, end).map((row) => cellsOf(resource.schema?.fields ?? [], row, int64Timestamps));
}

function found<T>(all: ReadonlyMap<string, T>, kind: string, id: string): T {
  const one = all.get(id);
  if (one === undefined) throw new ApiFault(404, "notFound", `Not found: ${kind} ${id.replace(".", ":")}`);
  return one;
}

function added<T>(all: Map<string, T>, kind: string, id: string, one: T): T {
  if (all.has(id)) throw new ApiFault(409, "duplicate", `Already Exists: ${kind} ${id.replace(".", ":")}`);
  all.set(id, one);
  return one;
}

function parsed({ headers }: IncomingMessage, body: Buffer): Record<string, unknown> {
  if (body.length > MAX_REQUEST_BYTES)
    throw new ApiFault(413, "uploadTooLarge", `Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`);
  const text = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
  try {
    return text.length === 0 ? {} : JSON.parse(text.toString());
  } catch {
    throw new ApiFault(400, "parseError", "Parse Error");
  }
}
