import { RpcError } from "../../grpc/status";

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** A timestamp as the service keeps it: UTC, microseconds, the rest cut off, with 0, 3 or 6 digits as they are needed. */
export function canonicalTime(text: string): string {
  const [, seconds = "", fraction = "", zone = "Z"] = RFC3339.exec(text) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) throw new RpcError("INVALID_ARGUMENT", `Invalid timestamp: ${text}`);
  return written(new Date(ms).toISOString().slice(0, 19), Number(fraction.padEnd(6, "0").slice(0, 6)));
}

/** Of canonical timestamps. */
export function compareTimes(left: string, right: string): number {
  return order(left.slice(0, 19), right.slice(0, 19)) || order(fractionOf(left), fractionOf(right));
}

/** Gives every write a time of its own, later than all before it, whatever the clock does. */
export function createTicker(clock: { now(): number }): () => string {
  let last = 0;
  return () => {
    last = Math.max(last + 1, Math.floor(clock.now()) * 1_000);
    const seconds = new Date(Math.floor(last / 1_000)).toISOString().slice(0, 19);
    return written(seconds, last % 1_000_000);
  };
}

function written(seconds: string, micros: number): string {
  if (micros === 0) return `${seconds}Z`;
  const digits = String(micros).padStart(6, "0");
  return `${seconds}.${digits.endsWith("000") ? digits.slice(0, 3) : digits}Z`;
}

function fractionOf(time: string): string {
  return time.slice(20, -1).padEnd(6, "0");
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
