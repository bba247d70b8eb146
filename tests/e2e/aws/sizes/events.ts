import { event, json, type TestEvent } from "../../../support/records";

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** A character of four bytes, which are two in JavaScript's own count. */
export const WIDE = "\u{1f4b3}";

/** An event of so many bytes as JSON: its note takes what the rest leaves, of this character as far as it goes. */
export function eventOf(bytes: number, number: number, character = "a", overrides: Partial<TestEvent> = {}): string {
  const bare = event(number, { key: "k", ...overrides, note: "" });
  return json({ ...bare, note: noteOf(bytes - Buffer.byteLength(json(bare)), character) });
}

/** Text of so many bytes. */
export function noteOf(bytes: number, character = "a"): string {
  const most = character.repeat(Math.floor(bytes / Buffer.byteLength(character)));
  return most + "a".repeat(bytes - Buffer.byteLength(most));
}
