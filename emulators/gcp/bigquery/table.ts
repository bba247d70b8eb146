import type { Clock } from "../../../shared/clock";
import { ApiFault } from "../../api-fault";
import { checkRow, type Row, type RowError, type Schema } from "./schema";

/** A table's resource, as far as it is understood. */
export interface TableResource {
  tableReference: { projectId?: string; datasetId?: string; tableId: string };
  schema?: Schema;
}

export interface InsertAll {
  rows?: { insertId?: string; json: Row }[];
  skipInvalidRows?: boolean;
  ignoreUnknownValues?: boolean;
}

export interface InsertErrors {
  index: number;
  errors: (RowError | { reason: "stopped"; location: ""; message: "" })[];
}

export interface Table {
  readonly resource: TableResource & Record<string, unknown>;
  readonly rows: readonly Row[];
  /** Why rows were refused. Unless invalid rows are to be skipped, one keeps all others out. */
  insertAll(request: InsertAll): InsertErrors[];
}

/** "Best effort de-duplication ... for at least one minute": https://cloud.google.com/bigquery/docs/streaming-data-into-bigquery#dataconsistency */
const DEDUPLICATION_MS = 60_000;
/** https://cloud.google.com/bigquery/quotas#streaming_inserts */
const MAX_ROWS = 50_000;

export function createTable(resource: Table["resource"], clock: Pick<Clock, "monotonic">): Table {
  const rows: Row[] = [];
  const seen = new Map<string, number>();
  const columns = resource.schema?.fields ?? [];

  function isRepeated(insertId: string | undefined): boolean {
    if (insertId === undefined) return false;
    const now = clock.monotonic();
    const last = seen.get(insertId);
    seen.set(insertId, now);
    return last !== undefined && now - last <= DEDUPLICATION_MS;
  }

  return {
    resource,
    rows,
    insertAll: ({ rows: given = [], skipInvalidRows = false, ignoreUnknownValues = false }) => {
      if (given.length === 0) throw new ApiFault(400, "invalid", "No rows present in the request.");
      if (given.length > MAX_ROWS)
        throw new ApiFault(400, "invalid", `Too many rows present in the request, limit: ${MAX_ROWS}.`);
      const problems = given.map(({ json }) => checkRow(columns, json, ignoreUnknownValues));
      const isStopped = !skipInvalidRows && problems.some((problem) => problem !== undefined);
      const errors: InsertErrors[] = [];
      for (const [index, { insertId, json }] of given.entries()) {
        const problem = problems[index];
        if (problem !== undefined) errors.push({ index, errors: [problem] });
        else if (isStopped) errors.push({ index, errors: [{ reason: "stopped", location: "", message: "" }] });
        else if (!isRepeated(insertId)) rows.push(json);
      }
      return errors;
    },
  };
}
