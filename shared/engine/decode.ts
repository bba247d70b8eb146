import * as z from "zod";
import { badFeature, type CompiledPipeline } from "../compile";
import { blame, ConfigError, clip, SluiceError } from "../errors";
import {
  decodeUtf8,
  deeperThan,
  isSafeId,
  isSafeKey,
  isTimestamp,
  longerThan,
  rejected,
  withoutByteOrderMark,
} from "../guards";
import type { Pipeline } from "../pipeline";
import { declaredPath, onlyChecks } from "../schema";
import type { Chunk } from "./scratch";
import type { Unpacked } from "./unpack";

/** Turns events into rows of a chunk: guards, JSON, schema, identity, features. What fails is a reject, and its neighbors go on. */
export type Decoder = (unpacked: Unpacked, from: number, to: number, chunk: Chunk) => void;

const ISSUES_SHOWN = 5;

export function createDecoder(pipeline: Pipeline, compiled: CompiledPipeline): Decoder {
  const check = createCheck(pipeline.event);
  const { id: idOf, key: keyOf, time: timeOf, limits } = pipeline;
  const { maxDepth, maxEventBytes } = limits;
  const truthOf = pipeline.quality?.truth;
  const { writeFeatures } = compiled;
  const width = pipeline.featureNames.length;

  /** Why `parse` or `admit` last refused. Decoding is synchronous, so one is enough. */
  let failure: SluiceError;

  return function decode(unpacked, from, to, chunk) {
    const { events, broken } = unpacked;
    for (let i = from; i < to; i++) {
      const value = broken?.has(i) ? refuse(brokenEnvelope()) : parse(events[i]!);
      if (value !== REFUSED && admit(value, i, chunk)) continue;
      chunk.rejects.push({ event: i, error: failure, ...identity(value) });
    }
    chunk.features.rows = chunk.count;
  };

  function refuse(error: SluiceError): typeof REFUSED {
    failure = error;
    return REFUSED;
  }

  /** The JSON value of an event, or REFUSED. Everything here is bounded before it is done. */
  function parse(body: string | Uint8Array): unknown {
    if (typeof body === "string" ? longerThan(body, maxEventBytes) : body.byteLength > maxEventBytes)
      return refuse(rejected("oversize", `The event is longer than ${maxEventBytes} bytes.`));
    const decoded = typeof body === "string" ? body : decodeUtf8(body);
    if (decoded === undefined) return refuse(rejected("encoding", "The event is not valid UTF-8."));
    if (deeperThan(decoded, maxDepth))
      return refuse(rejected("depth", `The event nests deeper than ${maxDepth} levels.`));
    const text = withoutByteOrderMark(decoded);
    try {
      return JSON.parse(text);
    } catch {
      // V8's own message quotes the payload, which must not reach a log.
      const empty = text.trim() === "";
      return refuse(
        empty ? rejected("empty", "The event is empty.") : rejected("json", "The event is not valid JSON."),
      );
    }
  }

  /** Adds the value as a row. False if it cannot be one. */
  function admit(value: unknown, index: number, chunk: Chunk): boolean {
    let step: "schema" | "identity" | "features" = "schema";
    try {
      const event = check(value);
      if (event === REFUSED) return no(new SluiceError("schema", "preprocess", explain(pipeline.event, value)));

      step = "identity";
      const id = idOf(event);
      const key = keyOf(event);
      const time = timeOf(event);
      if (!isSafeId(id)) return no(misidentified("id", "1 to 128 characters of A-Z a-z 0-9 . _ : -"));
      if (!isSafeKey(key)) return no(misidentified("key", "1 to 256 characters without control characters"));
      if (!isTimestamp(time)) return no(misidentified("time", "milliseconds since 1970"));

      step = "features";
      const row = chunk.count;
      if (!writeFeatures(event, chunk.features.data, row * width)) return no(infinite(event));
      if (truthOf) chunk.truths![row] = numeric(truthOf(event));
      chunk.ids[row] = id;
      chunk.keys[row] = key;
      chunk.times[row] = time;
      chunk.events[row] = event;
      chunk.eventOf[row] = index;
      chunk.count = row + 1;
      return true;
    } catch (thrown) {
      return no(failed(thrown, step, value));
    }
  }

  function no(error: SluiceError): false {
    failure = error;
    return false;
  }

  function infinite(event: unknown): SluiceError {
    const bad = badFeature(pipeline, event);
    const kind =
      typeof bad?.value === "number" ? "is not finite as a 32-bit float" : `is not a number but ${kindOf(bad?.value)}`;
    return new SluiceError("features", "preprocess", `Feature \`${bad?.name}\` ${kind}.`);
  }

  function failed(thrown: unknown, step: "schema" | "identity" | "features", value: unknown): SluiceError {
    if (thrown instanceof ConfigError) throw thrown;
    if (step === "schema" && isAsynchronous(pipeline.event, value))
      throw new ConfigError(
        "the schema has an asynchronous refinement or transform.",
        `pipeline ${JSON.stringify(pipeline.name)}, field \`event\``,
        "Events are checked by the thousand; use synchronous checks only.",
        { cause: thrown },
      );
    return new SluiceError(step, "preprocess", blame(thrown), { cause: thrown });
  }

  /** What can be said of a rejected event: its key and id, if they can be read without harm. */
  function identity(value: unknown): { key?: string; eventId?: string } {
    if (typeof value !== "object" || value === null) return {};
    const key = attempt(() => keyOf(value));
    const id = attempt(() => idOf(value));
    return { ...(isSafeKey(key) ? { key } : {}), ...(isSafeId(id) ? { eventId: id } : {}) };
  }
}

const REFUSED = Symbol("refused");

/**
 * The schema as a function from a JSON value to the event, or REFUSED. Compiled by zod into one straight function.
 * A schema that only checks (no transform, default or coercion) lets the value itself through: zod's copy of every event,
 * without its unknown keys, would cost as much as all guards together.
 */
function createCheck(schema: z.ZodType): (value: unknown) => unknown {
  const compiled = z.compile(schema);
  if (onlyChecks(schema)) return (value) => (z.validate(compiled, value) ? value : REFUSED);
  return (value) => {
    const { success, data } = compiled.safeParse(value);
    return success ? data : REFUSED;
  };
}

function brokenEnvelope(): SluiceError {
  return rejected("envelope", "The message starts like an envelope of events and is not a whole one.");
}

function misidentified(field: string, rule: string): SluiceError {
  return new SluiceError("identity", "preprocess", `The event's ${field} must be ${rule}.`);
}

function numeric(truth: number | boolean | null | undefined): number | null {
  if (truth === undefined || truth === null) return null;
  const value = Number(truth);
  return Number.isFinite(value) ? value : null;
}

/** Zod's interpreter says so; what it generates for speed may fail in other ways. */
function isAsynchronous(schema: z.ZodType, value: unknown): boolean {
  try {
    schema.safeParse(value, { jitless: true });
    return false;
  } catch (thrown) {
    return thrown instanceof z.core.$ZodAsyncError;
  }
}

/** The first few issues, as `path: message`. An event can have a hundred thousand of them. */
function explain(schema: z.ZodType, value: unknown): string {
  const issues = schema.safeParse(value).error?.issues ?? [];
  const shown = issues
    .slice(0, ISSUES_SHOWN)
    .map((issue) => clip(`${declaredPath(schema, issue.path)}: ${text(issue)}`, 300));
  const more = issues.length > ISSUES_SHOWN ? `; and ${issues.length - ISSUES_SHOWN} more` : "";
  return clip(shown.join("; ") + more);
}

/** Zod's text, but for the one that lists the payload's own names. */
function text(issue: z.core.$ZodIssue): string {
  return issue.code === "unrecognized_keys" ? `${issue.keys.length} unrecognized keys` : issue.message;
}

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
