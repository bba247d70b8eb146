/** How an output's values lie in a response: numbers little-endian, strings as one JSON array. */
export type ValueType = (typeof TYPES)[number];

const TYPES = ["float32", "float64", "int32", "uint8", "string"] as const;

/** One output in a response's header. */
export interface OutputHeader {
  name: string;
  /** Values per row. */
  width: number;
  type: ValueType;
  /** Length of its values in the body. */
  bytes: number;
}

/** The first line of a response. */
export interface Header {
  /** Version of the format. */
  sluice: 1;
  /** Version of the model. */
  model: string;
  rows: number;
  /** Features per row that the model takes. */
  width: number;
  /** In the order of their values. */
  outputs: readonly OutputHeader[];
}

/** A header out of its line; undefined if it is none. What it says is not yet checked against the bytes that follow. */
export function parseHeader(line: string): Header | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isHeader(value) ? value : undefined;
}

function isHeader(value: unknown): value is Header {
  if (!isRecord(value)) return false;
  const { sluice, model, rows, width, outputs } = value;
  return (
    sluice === 1 &&
    typeof model === "string" &&
    isCount(rows) &&
    isCount(width) &&
    Array.isArray(outputs) &&
    outputs.every(isOutput)
  );
}

function isOutput(value: unknown): value is OutputHeader {
  if (!isRecord(value)) return false;
  const { name, width, type, bytes } = value;
  return typeof name === "string" && isCount(width) && isCount(bytes) && TYPES.some((known) => known === type);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
