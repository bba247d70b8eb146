import { RpcError } from "../../grpc";

/** Fields whose form differs between gRPC, JSON and here; all else is the same everywhere. */
const KINDS: Readonly<Record<string, Kind>> = {
  minimumBackoff: "duration",
  maximumBackoff: "duration",
  messageRetentionDuration: "duration",
  ttl: "duration",
  maxDuration: "duration",
  publishTime: "time",
  time: "time",
  data: "bytes",
  maxBytes: "long",
  maxMessages: "long",
};
/** Maps of the caller's own names, which may be any of the above. */
const MAPS = new Set(["attributes", "labels"]);

type Kind = "duration" | "time" | "bytes" | "long";
type Convert = (kind: Kind, value: unknown, field: string) => unknown;

interface Seconds {
  seconds?: number;
  nanos?: number;
}

/** A message of gRPC (durations and times as seconds and nanoseconds) -> durations and times in milliseconds. */
export const fromProto = converter((kind, value) => {
  if (kind === "bytes" || kind === "long") return value;
  const { seconds = 0, nanos = 0 } = value as Seconds;
  return seconds * 1000 + nanos / 1e6;
});

export const toProto = converter((kind, value) => {
  if (kind === "bytes" || kind === "long") return value;
  const ms = value as number;
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
});

/** JSON (`"600s"`, RFC 3339, base64, long integers as text) -> milliseconds and bytes. */
export const fromJson = converter((kind, value, field) => {
  const parsed = parse(kind, value);
  if (parsed === undefined) throw new RpcError("INVALID_ARGUMENT", `Invalid value at '${field}'.`);
  return parsed;
});

export const toJson = converter((kind, value) => {
  if (kind === "duration") return `${(value as number) / 1000}s`;
  if (kind === "time") return new Date(value as number).toISOString();
  if (kind === "bytes") return (value as Buffer).toString("base64");
  return String(value);
});

function parse(kind: Kind, value: unknown): unknown {
  if (kind === "long") return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  if (typeof value !== "string") return undefined;
  if (kind === "duration") return /^-?\d+(\.\d{1,9})?s$/.test(value) ? Number(value.slice(0, -1)) * 1000 : undefined;
  if (kind === "time") return Number.isNaN(Date.parse(value)) ? undefined : Date.parse(value);
  const bytes = Buffer.from(value, "base64");
  // Node skips what is no base64; then the bytes are too few.
  return bytes.length === Math.floor((value.replace(/=+$/, "").length * 3) / 4) ? bytes : undefined;
}

function converter(convert: Convert) {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
    const result: Record<string, unknown> = {};
    for (const [field, inner] of Object.entries(value)) {
      if (inner === undefined || inner === null) continue;
      const kind = KINDS[field];
      if (MAPS.has(field)) result[field] = inner;
      else result[field] = kind === undefined ? walk(inner) : convert(kind, inner, field);
    }
    return result;
  };
  return <Result>(value: object): Result => walk(value) as Result;
}
