import path from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { StreamEvent } from "./core";
import type { Shape } from "./workload";

/**
 * The limit: what a patient person would write for exactly this event and this model, with nothing general in it.
 * `handLoop` does all that Sluice does (guards, checks, per-record isolation, identity); `bareLoop` leaves the guards out.
 */
const WIDTH = 16;
const scratch = Buffer.allocUnsafe(128 * 1024);
const matrix = new Float32Array(1_000 * WIDTH);

// biome-ignore lint/suspicious/noExplicitAny: hand-written code on parsed JSON has no types
type Json = any;

interface Row {
  id: string;
  key: string;
  time: number;
  prediction: { score: number };
}

export function openSession(): Promise<InferenceSession> {
  const file = path.join(__dirname, "models", "mlp16.onnx");
  return InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 });
}

export async function handLoop(shape: Shape, session: InferenceSession, { Records }: StreamEvent): Promise<number> {
  const check = shape === "s" ? checkCompact : checkNamed;
  const write = shape === "s" ? writeCompact : writeNamed;
  const events: Json[] = [];
  const refused: [number, string][] = [];
  for (let i = 0; i < Records.length; i++) {
    const length = scratch.write(Records[i]!.kinesis.data, "base64");
    if (length > 65_536) {
      refused.push([i, "oversize"]);
      continue;
    }
    const text = scratch.toString("utf8", 0, length);
    if (text.includes("\ufffd")) {
      refused.push([i, "encoding"]);
      continue;
    }
    if (tooDeep(text)) {
      refused.push([i, "depth"]);
      continue;
    }
    let event: Json;
    try {
      event = JSON.parse(text);
    } catch {
      refused.push([i, "json"]);
      continue;
    }
    if (!check(event)) refused.push([i, "schema"]);
    else if (!safeId(event.id) || !safeKey(event.device) || !(Math.abs(event.ts) <= 8.64e15))
      refused.push([i, "identity"]);
    else if (!write(event, events.length * WIDTH)) refused.push([i, "features"]);
    else events.push(event);
  }
  const scores = await score(session, events.length);
  const rows: Row[] = [];
  for (let i = 0; i < events.length; i++) {
    if (!Number.isFinite(scores[i])) refused.push([i, "model-output"]);
    else rows.push({ id: events[i].id, key: events[i].device, time: events[i].ts, prediction: { score: scores[i]! } });
  }
  return store(rows);
}

export async function bareLoop(shape: Shape, session: InferenceSession, { Records }: StreamEvent): Promise<number> {
  const check = shape === "s" ? checkCompact : checkNamed;
  const write = shape === "s" ? writeCompact : writeNamed;
  const events: Json[] = [];
  for (const { kinesis } of Records) {
    let event: Json;
    try {
      event = JSON.parse(scratch.toString("utf8", 0, scratch.write(kinesis.data, "base64")));
    } catch {
      continue;
    }
    if (!check(event)) continue;
    write(event, events.length * WIDTH);
    events.push(event);
  }
  return store(rowsOf(events, await score(session, events.length)));
}

export function parse(base64: string): Json | undefined {
  try {
    return JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
}

export function rowsOf(events: readonly Json[], scores: Float32Array): Row[] {
  return events.map((event, i) => ({
    id: event.id,
    key: event.device,
    time: event.ts,
    prediction: { score: scores[i]! },
  }));
}

/** The model on the first `rows` rows of the shared matrix. */
export async function score(session: InferenceSession, rows: number): Promise<Float32Array> {
  const input = new Tensor("float32", matrix.subarray(0, rows * WIDTH), [rows, WIDTH]);
  const { score } = await session.run({ features: input }, ["score"]);
  return score!.data as Float32Array;
}

/** Keeps nothing; the count proves that the rows came. */
export function store(rows: readonly Row[]): number {
  return rows.length;
}

export function writeFor(shape: Shape): (event: Json, offset: number) => boolean {
  return shape === "s" ? writeCompact : writeNamed;
}

function tooDeep(text: string): boolean {
  let openers = 0;
  for (let at = text.indexOf("{"); at !== -1; at = text.indexOf("{", at + 1)) if (++openers > 32) return true;
  for (let at = text.indexOf("["); at !== -1; at = text.indexOf("[", at + 1)) if (++openers > 32) return true;
  return false;
}

function safeId(id: string): boolean {
  if (id.length === 0 || id.length > 128) return false;
  for (let i = 0; i < id.length; i++) {
    const c = id.charCodeAt(i);
    const ok =
      (c >= 0x61 && c <= 0x7a) ||
      (c >= 0x30 && c <= 0x3a) ||
      (c >= 0x41 && c <= 0x5a) ||
      c === 0x2d ||
      c === 0x2e ||
      c === 0x5f;
    if (!ok) return false;
  }
  return true;
}

function safeKey(key: string): boolean {
  if (key.length === 0 || key.length > 256) return false;
  for (let i = 0; i < key.length; i++) {
    const c = key.charCodeAt(i);
    if (c < 0x20 || c === 0x7f || (c >= 0xd800 && c <= 0xdfff)) return false;
  }
  return true;
}

const f = Number.isFinite;

function checkCompact(e: Json): boolean {
  if (typeof e !== "object" || e === null || typeof e.id !== "string" || typeof e.device !== "string") return false;
  if (!Number.isSafeInteger(e.ts) || !Array.isArray(e.v) || e.v.length !== WIDTH) return false;
  for (let i = 0; i < WIDTH; i++) if (!f(e.v[i])) return false;
  return true;
}

// biome-ignore format: one line per group reads better than sixteen
function checkNamed(e: Json): boolean {
  return typeof e === "object" && e !== null && typeof e.id === "string" && typeof e.device === "string" && Number.isSafeInteger(e.ts)
    && typeof e.site === "string" && typeof e.region === "string" && typeof e.firmware === "string" && typeof e.model === "string"
    && typeof e.unit === "string" && typeof e.line === "string" && typeof e.kind === "string"
    && f(e.f0) && f(e.f1) && f(e.f2) && f(e.f3) && f(e.f4) && f(e.f5) && f(e.f6) && f(e.f7)
    && f(e.f8) && f(e.f9) && f(e.f10) && f(e.f11) && f(e.f12) && f(e.f13) && f(e.f14) && f(e.f15);
}

function writeCompact({ v }: Json, o: number): boolean {
  for (let i = 0; i < WIDTH; i++) {
    matrix[o + i] = v[i];
    if (!f(matrix[o + i])) return false;
  }
  return true;
}

// biome-ignore format: one line per group reads better than sixteen
function writeNamed(e: Json, o: number): boolean {
  const m = matrix;
  m[o] = e.f0; m[o + 1] = e.f1; m[o + 2] = e.f2; m[o + 3] = e.f3; m[o + 4] = e.f4; m[o + 5] = e.f5; m[o + 6] = e.f6; m[o + 7] = e.f7;
  m[o + 8] = e.f8; m[o + 9] = e.f9; m[o + 10] = e.f10; m[o + 11] = e.f11; m[o + 12] = e.f12; m[o + 13] = e.f13; m[o + 14] = e.f14; m[o + 15] = e.f15;
  for (let i = 0; i < WIDTH; i++) if (!f(m[o + i])) return false;
  return true;
}
