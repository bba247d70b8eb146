import { type Column, microsOf, type Row } from "./schema";

/** Rows as the API answers them: every value is text, in the order of the columns. https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list */
export function cellsOf(columns: readonly Column[], row: Row, int64Timestamps: boolean): { f: { v: unknown }[] } {
  return { f: columns.map((column) => ({ v: cell(column, row[column.name], int64Timestamps) })) };
}

function cell(column: Column, value: unknown, int64Timestamps: boolean): unknown {
  if (value === undefined || value === null) return column.mode === "REPEATED" ? [] : null;
  const one = (item: unknown): unknown => {
    if (column.fields !== undefined) return cellsOf(column.fields, item as Row, int64Timestamps);
    if (column.type.toUpperCase() === "TIMESTAMP") return timestamp(item, int64Timestamps);
    return String(item);
  };
  return Array.isArray(value) ? value.map((item) => ({ v: one(item) })) : one(value);
}

/** A number counts seconds. */
function timestamp(value: unknown, int64: boolean): string {
  const micros = typeof value === "number" ? BigInt(Math.round(value * 1e6)) : microsOf(value)!;
  return int64 ? String(micros) : String(Number(micros) / 1e6);
}
