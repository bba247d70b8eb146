import type { DeadLetter, Pipeline, Stage } from "sluice";
import { type CloudPath, publishEvents } from "./cloud-path";
import { event, json, quietPipeline, type TestEvent } from "./records";

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** A character of four bytes, which are two in JavaScript's own count. */
export const WIDE = "\u{1f4b3}";

/** Not UTF-8, and a line break: it cannot stand in an envelope as it is. */
export const RAW = Buffer.from([0xff, 0x0a]);

/** Nothing of an event's note is stored, so that only the way to the function is long. */
export function thinPipeline(maxEventBytes: number): Pipeline {
  const limits = { ...quietPipeline.limits, maxEventBytes };
  return { ...quietPipeline, limits, predictionNames: ["score"], quality: undefined };
}

/** An event of so many bytes as JSON: its note takes what the rest leaves, of this character as far as it goes. */
export function eventOf(bytes: number, number: number, character = "a", overrides: Partial<TestEvent> = {}): string {
  const bare = event(number, { key: "k", ...overrides, note: "" });
  return json({ ...bare, note: noteOf(bytes - Buffer.byteLength(json(bare)), character) });
}

/** Events around what shares a message, 50 of them or 64 KiB: what they are, they themselves, and how many messages they take. */
export const PACKED: [title: string, bodies: string[], messages: number][] = [
  ["50 events", Array.from({ length: 50 }, (_, i) => eventOf(200, i)), 1],
  ["51 events", Array.from({ length: 51 }, (_, i) => eventOf(200, i)), 2],
  ["64 KiB of events", Array.from({ length: 8 }, (_, i) => eventOf(8 * KIB, i)), 1],
  ["64 KiB and a byte", Array.from({ length: 8 }, (_, i) => eventOf(8 * KIB + (i === 7 ? 1 : 0), i)), 2],
  ["one event of 64 KiB and a byte, and a short one", [eventOf(64 * KIB + 1, 0), eventOf(200, 1)], 2],
];

/** Text of so many bytes. */
export function noteOf(bytes: number, character = "a"): string {
  const most = character.repeat(Math.floor(bytes / Buffer.byteLength(character)));
  return most + "a".repeat(bytes - Buffer.byteLength(most));
}

/** The memory model scores 0.5 for it. */
export const NOTED_AMOUNT = 12;

export function noted(number: number, note: string): TestEvent {
  return event(number, { key: "k", amount: NOTED_AMOUNT, note });
}

/** Notes around the longest that fits, in bytes and in wide characters: each such note, and behind it one a byte longer. */
export function notesAround(most: number): string[] {
  return ["", noteOf(most), noteOf(most + 1), noteOf(most, WIDE), noteOf(most + 1, WIDE), ""];
}

/** An event per such note, all of one key. The answer is their bodies. */
export async function publishAround(path: Pick<CloudPath, "ingest">, most: number): Promise<string[]> {
  const events = notesAround(most).map((note, number) => noted(number, note));
  await publishEvents(path, events);
  return events.map(json);
}

/** Ids of those that fit. */
export const FITTING = ["e0", "e1", "e3", "e5"];

/** What the letters of the others say, if their bodies are these. */
export function tooLongAt(stage: Stage, bodies: readonly string[]): ReturnType<typeof toldBy> {
  return [2, 4].map((number) => ({ code: "store-rejected", stage, eventId: `e${number}`, body: bodies[number]! }));
}

export function toldBy(letters: readonly DeadLetter[]) {
  return letters.map(({ code, stage, eventId, body }) => ({
    code,
    stage,
    eventId,
    body: Buffer.from(body).toString(),
  }));
}
