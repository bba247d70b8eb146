/** Where in the pipeline something went wrong. */
export type Stage =
  | "ingest"
  | "decode"
  | "preprocess"
  | "infer"
  | "store"
  | "actions"
  | "deadletter"
  | "archive"
  | "engine";

/** Whose fault it is decides what happens: the record's own fault is dead-lettered, the surroundings' fault is retried. */
const CODES = {
  // The record can never succeed.
  empty: { retryable: false },
  oversize: { retryable: false },
  encoding: { retryable: false },
  envelope: { retryable: false },
  depth: { retryable: false },
  json: { retryable: false },
  schema: { retryable: false },
  identity: { retryable: false },
  features: { retryable: false },
  "model-input": { retryable: false },
  "model-output": { retryable: false },
  prediction: { retryable: false },
  "store-rejected": { retryable: false },
  // The record may succeed later.
  throttled: { retryable: true },
  timeout: { retryable: true },
  unavailable: { retryable: true },
  credentials: { retryable: true },
  conflict: { retryable: true },
  "cold-start": { retryable: true },
  "circuit-open": { retryable: true },
  deadline: { retryable: true },
  cancelled: { retryable: true },
  "lease-lost": { retryable: true },
  // Nobody knows: retried, and dead-lettered once the attempts are used up.
  internal: { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;

export type ErrorCode = keyof typeof CODES;

export const ERROR_CODES = Object.keys(CODES) as readonly ErrorCode[];

/** Whether an error of this code may go away by itself. */
export function isRetryable(code: ErrorCode): boolean {
  return CODES[code].retryable;
}

export interface ErrorDetail {
  /** The adapter that failed, as `local/store`. */
  adapter?: string;
  /** What finds the failing thing again: partition, offset, table, status ... Never payload. */
  coordinates?: Readonly<Record<string, string | number>>;
  /** What the other side asked us to wait, in milliseconds. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** The one error type that crosses a port. Everything a port throws that is not one of these is treated as `internal`. */
export class SluiceError extends Error {
  override readonly name = "SluiceError";
  readonly code: ErrorCode;
  readonly stage: Stage;
  readonly retryable: boolean;
  readonly adapter: string | undefined;
  readonly coordinates: Readonly<Record<string, string | number>>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, stage: Stage, message: string, detail: ErrorDetail = {}) {
    const retryable = isRetryable(code);
    const { stackTraceLimit } = Error;
    // A record's own fault has no place in the code; capturing one costs ten times the rest, for every bad record.
    if (!retryable) Error.stackTraceLimit = 0;
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.stage = stage;
    this.retryable = retryable;
    this.adapter = detail.adapter;
    this.coordinates = detail.coordinates ?? {};
    this.retryAfterMs = detail.retryAfterMs;
  }
}

/**
 * A mistake of the person who set this up. Printed as one message without a stack trace; exit code 2.
 * `what` is wrong, `where` it stands, and the `fix`: what to do now.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly what: string;
  readonly where: string;
  readonly fix: string;

  constructor(what: string, where: string, fix: string, options: { cause?: unknown } = {}) {
    super(`${where}: ${what} ${fix}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.what = what;
    this.where = where;
    this.fix = fix;
  }
}

/** Any thrown value as a SluiceError; one that is not ours becomes `internal` and keeps its cause. ConfigErrors pass through by being thrown. */
export function toSluiceError(thrown: unknown, stage: Stage, adapter?: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  if (thrown instanceof ConfigError) throw thrown;
  return new SluiceError("internal", stage, clip(messageOf(thrown)), {
    cause: thrown,
    ...(adapter === undefined ? {} : { adapter }),
  });
}

/** The text of any thrown value: some cannot even be turned into one. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "something without a text was thrown";
  }
}

/** V8's messages that speak of names in the code. Its others quote the value that it choked on, which is payload. */
const ABOUT_NAMES =
  /^Cannot (?:read|set) properties of (?:undefined|null)\b|is not (?:a function|a constructor|defined)$|before initialization$/;

/** What the pipeline's own code threw, for a dead letter. */
export function blame(thrown: unknown): string {
  const kind = thrown instanceof Error ? clip(messageOf(thrown.name), 60) : typeof thrown;
  const text = messageOf(thrown);
  return `The pipeline's own code threw ${kind}${ABOUT_NAMES.test(text) ? `: ${clip(text, 200)}` : "."}`;
}

/** Longest message we keep: a validation error can otherwise run to megabytes. */
export const MAX_MESSAGE_CHARS = 2_000;

/** One line of bounded length, with control characters escaped, so that no input can forge or flood a log. */
export function clip(text: string, limit = MAX_MESSAGE_CHARS): string {
  // Cut first to bound the work, and again because an escape is six characters long.
  const escapedText = text.slice(0, limit + 1).replace(CONTROL, escaped);
  return (escapedText.length > limit ? `${escapedText.slice(0, limit - 1)}…` : escapedText).toWellFormed();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being escaped
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
