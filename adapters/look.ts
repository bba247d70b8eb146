import { clip } from "../shared/errors";

/** Longest text of a thrown value that is read: all of it ends in messages and coordinates. */
const MAX_TEXT_CHARS = 400;

/** Reads fields of a value, whatever it is. Anything can be thrown, and reading some of it throws again. */
export function fieldsOf(value: unknown): (name: string) => unknown {
  return (name) => {
    try {
      return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
    } catch {
      return undefined;
    }
  };
}

/** One line of bounded length; empty if it is no text. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? clip(value, MAX_TEXT_CHARS) : "";
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** `instanceof`, of values that may throw when asked. */
export function is<T>(kind: abstract new (...args: never[]) => T, value: unknown): value is T {
  try {
    return value instanceof kind;
  } catch {
    return false;
  }
}

/** Milliseconds of a Retry-After header in seconds (RFC 9110, 10.2.3). Undefined if it is a date, or junk. */
export function retryAfterOf(header: unknown): number | undefined {
  const seconds = textOf(header);
  return /^\d{1,6}(?:\.\d{1,6})?$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

/** A network error sits behind fetch's own; no chain is much longer. */
const MAX_CAUSES = 4;

/** Node's code of an error, or of what lies behind it; a library's own codes are none. Empty if there is none. */
export function nodeCodeOf(thrown: unknown): string {
  let error = thrown;
  for (let depth = 0; depth < MAX_CAUSES; depth++) {
    const code = textOf(fieldsOf(error)("code"));
    if (/^(?:E[A-Z]|UND_|ERR_|HPE_)/.test(code)) return code;
    error = fieldsOf(error)("cause");
  }
  return "";
}

/** The value of a JSON text; undefined if it is none. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
