/**
 * Messages as grpc-js has them, to and from their JSON form. Numbers of 64 bits and bytes are text in both; what is
 * different are timestamps, wrapped integers and null.
 */
type Json = unknown;
type Entries = Record<string, unknown>;

interface Timestamp {
  seconds?: string | number;
  nanos?: number;
}

const TIMES = new Set(["timestampValue", "createTime", "updateTime", "readTime", "commitTime"]);
/** Their keys are names that a user has given, not those of the API. */
const MAPS = new Set(["fields", "aggregateFields"]);
/** google.protobuf.Int32Value and Int64Value, which JSON has as bare numbers. */
const WRAPPED = new Set(["limit", "upTo"]);

export function toJsonForm(message: unknown): Json {
  return walk(message, (key, value) => {
    if (TIMES.has(key)) return timeText(value as Timestamp);
    if (WRAPPED.has(key)) return (value as { value?: unknown }).value ?? 0;
    if (key === "nullValue") return null;
    return undefined;
  });
}

export function toGrpcForm(json: Json): unknown {
  return walk(json, (key, value) => {
    if (TIMES.has(key)) return timestampOf(value as string);
    if (key === "nullValue") return "NULL_VALUE";
    if (key === "doubleValue") return Number(value);
    return undefined;
  });
}

/** Goes through a message; `convert` gives what is at a key of the API another form. */
function walk(value: unknown, convert: (key: string, value: unknown) => unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, convert));
  if (typeof value !== "object" || value === null) return value;
  const converted: Entries = {};
  for (const [key, inner] of Object.entries(value)) {
    const special = isMap ? undefined : convert(key, inner);
    converted[key] = special === undefined ? walk(inner, convert, !isMap && isFieldMap(key, inner)) : special;
  }
  return converted;
}

/** `fields` of a projection is a list, `fields` of a document a map. */
function isFieldMap(key: string, value: unknown): boolean {
  return MAPS.has(key) && !Array.isArray(value);
}

function timeText({ seconds = 0, nanos = 0 }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${whole}.${String(nanos).padStart(9, "0")}Z`;
}

function timestampOf(text: string): Timestamp {
  const nanos = Number((text.slice(20, -1) || "0").padEnd(9, "0"));
  return { seconds: String(Date.parse(`${text.slice(0, 19)}Z`) / 1_000), nanos };
}
