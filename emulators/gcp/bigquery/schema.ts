/** A column: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export interface Column {
  name: string;
  type: string;
  mode?: "NULLABLE" | "REQUIRED" | "REPEATED";
  fields?: Column[];
}

export interface Schema {
  fields?: Column[];
}

export type Row = Readonly<Record<string, unknown>>;

/** Why a row is refused. */
export interface RowError {
  reason: "invalid";
  location: string;
  message: string;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isScalar: Check = (value) => ["string", "number", "boolean"].includes(typeof value);
const isInteger: Check = (value) => /^-?\d+$/.test(String(value)) && isScalar(value);
const isFloat: Check = (value) =>
  typeof value === "number" || (isText(value) && (value === "NaN" || !Number.isNaN(Number(value || Number.NaN))));
const isBoolean: Check = (value) => /^(true|false)$/i.test(String(value));
const isTime: Check = (value) => typeof value === "number" || microsOf(value) !== undefined;

/** What is not here takes any scalar. */
const CHECKS: Record<string, Check> = {
  STRING: isScalar,
  INTEGER: isInteger,
  INT64: isInteger,
  FLOAT: isFloat,
  FLOAT64: isFloat,
  BOOLEAN: isBoolean,
  BOOL: isBoolean,
  TIMESTAMP: isTime,
  // Text that holds JSON, as the API wants it.
  JSON: (value) => isText(value) && isJson(value as string),
};

/** The first thing that is wrong with a row; undefined if it fits the columns. */
export function checkRow(
  columns: readonly Column[],
  row: Row,
  ignoreUnknownValues: boolean,
  prefix = "",
): RowError | undefined {
  // The names of columns do not tell upper from lower case.
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  for (const name of Object.keys(row)) {
    if (!ignoreUnknownValues && !byName.has(name.toLowerCase()))
      return invalid(prefix + name, `no such field: ${prefix}${name}.`);
  }
  for (const column of columns) {
    const error = checkColumn(column, row[column.name], ignoreUnknownValues, prefix);
    if (error !== undefined) return error;
  }
  return undefined;
}

function checkColumn(column: Column, value: unknown, ignore: boolean, prefix: string): RowError | undefined {
  const location = prefix + column.name;
  const { mode = "NULLABLE", fields = [] } = column;
  if (value === undefined || value === null)
    return mode === "REQUIRED" ? invalid(location, `Missing required field: ${location}.`) : undefined;
  if (mode === "REPEATED" && !Array.isArray(value))
    return invalid(location, `Array expected for the repeated field: ${location}.`);
  if (mode !== "REPEATED" && Array.isArray(value)) return invalid(location, "Array specified for non-repeated field.");
  for (const item of Array.isArray(value) ? value : [value]) {
    const type = column.type.toUpperCase();
    if (type === "RECORD" || type === "STRUCT") {
      const error = checkRow(fields, item as Row, ignore, `${location}.`);
      if (error !== undefined) return error;
    } else if (!(CHECKS[type] ?? isScalar)(item)) {
      return invalid(location, `Cannot convert value to ${type.toLowerCase()} (bad value): ${String(item)}`);
    }
  }
  return undefined;
}

/** Microseconds since 1970 of a timestamp as text; undefined if it is none. */
export function microsOf(value: unknown): bigint | undefined {
  const [, seconds = "", fraction = "", zone = ""] =
    /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?\s*(Z|UTC|[+-]\d\d:\d\d)?$/.exec(String(value)) ?? [];
  const ms = Date.parse(`${seconds.replace(" ", "T")}${zone === "" || zone === "UTC" ? "Z" : zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000n + BigInt(fraction.padEnd(6, "0"));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(location: string, message: string): RowError {
  return { reason: "invalid", location, message };
}
