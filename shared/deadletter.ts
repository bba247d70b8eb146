import { clip, type ErrorCode, type SluiceError, type Stage } from "./errors";
import { asBuffer } from "./guards";
import { hash53 } from "./hash";

/** Where an event stood in its stream. `index` counts within a message that carries many events. */
export interface SourcePosition {
  /** Stream, topic or hub. */
  source: string;
  partition: string;
  /** Offset, sequence number or message id: a string, since some have 56 digits. */
  offset: string;
  index: number;
}

/** An event that could not be processed, with all that is needed to understand it and to send it again. */
export interface DeadLetter {
  /** The same event at the same position always gives the same id, so writing a letter twice writes it once. */
  id: string;
  /** The event exactly as it came. */
  body: Uint8Array;
  /** Routing key, where the event could be read far enough. */
  key: string | undefined;
  /** The event's own id, likewise. */
  eventId: string | undefined;
  stage: Stage;
  code: ErrorCode;
  /** What went wrong, one line, without payload. */
  message: string;
  /** How often the source delivered the event, this time included. */
  attempts: number;
  position: SourcePosition;
  pipeline: string;
  pipelineVersion: string;
  modelVersion: string;
  /** Milliseconds since 1970. */
  failedAt: number;
}

/** What a letter says beside the event itself. */
export interface LetterContext {
  position: SourcePosition;
  attempts: number;
  pipeline: string;
  pipelineVersion: string;
  modelVersion: string;
  failedAt: number;
  key?: string | undefined;
  eventId?: string | undefined;
}

export function deadLetter(body: string | Uint8Array, error: SluiceError, context: LetterContext): DeadLetter {
  const { source, partition, offset, index } = context.position;
  const place = JSON.stringify([source, partition, offset, index]);
  return {
    id: `${hash53(place).toString(36)}-${hash53(place, 1).toString(36)}`,
    body: typeof body === "string" ? Buffer.from(body, "utf8") : body,
    key: context.key,
    eventId: context.eventId,
    stage: error.stage,
    code: error.code,
    message: clip(error.message),
    attempts: context.attempts,
    position: context.position,
    pipeline: context.pipeline,
    pipelineVersion: context.pipelineVersion,
    modelVersion: context.modelVersion,
    failedAt: context.failedAt,
  };
}

const SCHEMA = 1;

/** The letter as one line of JSON, the body in base64: what every object store and queue holds. */
export function encodeDeadLetter(letter: DeadLetter): string {
  const { body, ...rest } = letter;
  return JSON.stringify({ sluiceDeadLetter: SCHEMA, ...rest, body: asBuffer(body).toString("base64") });
}

/** Reads what `encodeDeadLetter` wrote. Undefined if it is something else. */
export function decodeDeadLetter(text: string): DeadLetter | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("sluiceDeadLetter" in value)) return undefined;
  const { sluiceDeadLetter, body, key, eventId, ...rest } = value as Record<string, unknown>;
  if (sluiceDeadLetter !== SCHEMA || typeof body !== "string") return undefined;
  return {
    ...(rest as unknown as DeadLetter),
    key: optional(key),
    eventId: optional(eventId),
    body: Buffer.from(body, "base64"),
  };
}

function optional(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
