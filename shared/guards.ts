import { isUtf8 } from "node:buffer";
import { SluiceError } from "./errors";

/** Bounds on one event, checked before anything is parsed. */
export interface Limits {
  /** Longest event, in bytes of UTF-8. */
  maxEventBytes: number;
  /** Deepest nesting of arrays and objects. JSON.parse takes a million; everything that walks the result overflows at some thousands. */
  maxDepth: number;
}

export const DEFAULT_LIMITS: Limits = { maxEventBytes: 64 * 1024, maxDepth: 32 };

/** What Buffer's toString ends in, and works on any Uint8Array; the steps between cost as much as the decoding. */
const { utf8Slice } = Buffer.prototype as unknown as {
  utf8Slice: (this: Uint8Array, start: number, end: number) => string;
};
const REPLACEMENT = "\ufffd";
const BYTE_ORDER_MARK = 0xfeff;

/**
 * UTF-8 bytes as text, or undefined if they are not valid UTF-8.
 * Node decodes invalid bytes to U+FFFD, so only text that contains one needs the slower look at the bytes.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const text = utf8Slice.call(bytes, 0, bytes.length);
  return text.includes(REPLACEMENT) && !isUtf8(bytes) ? undefined : text;
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Without the byte order mark that some producers put first; JSON.parse refuses it. */
export function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** Whether the UTF-8 form of `text` is longer than `limit` bytes. A UTF-16 unit is at least 1 and at most 3 bytes, which settles most cases at once. */
export function longerThan(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  return text.length * 3 > limit && Buffer.byteLength(text, "utf8") > limit;
}

/**
 * Whether JSON text nests deeper than `limit`, without parsing it.
 * The count of opening brackets bounds the depth, and indexOf finds them at memory speed; only text with more
 * brackets than the limit is walked character by character.
 */
export function deeperThan(text: string, limit: number): boolean {
  return openersAtMost(text, limit) ? false : walkedDepth(text, limit) > limit;
}

function openersAtMost(text: string, limit: number): boolean {
  // The first character is mostly an opening brace: counted without a search.
  let left = limit - 1;
  for (let at = text.indexOf("{", 1); at !== -1; at = text.indexOf("{", at + 1)) if (--left < 0) return false;
  for (let at = text.indexOf("[", 1); at !== -1; at = text.indexOf("[", at + 1)) if (--left < 0) return false;
  return left >= 0;
}

function walkedDepth(text: string, limit: number): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length && deepest <= limit; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) i = endOfString(text, i);
    else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return deepest;
}

/** The index of the closing quote of the JSON string that opens at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x5c) i++;
    else if (unit === 0x22) return i;
  }
  return text.length;
}

const ID_CHARACTERS = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-")
  ID_CHARACTERS[character.charCodeAt(0)] = 1;

/**
 * Ids become storage keys and log fields on every cloud, so only what is safe in all of them is one: 1 to 128 of
 * `[A-Za-z0-9._:-]`. (A loop, because the regular expression takes three times as long, for every event.)
 */
export function isSafeId(id: unknown): id is string {
  if (typeof id !== "string" || id.length === 0 || id.length > 128) return false;
  for (let i = 0; i < id.length; i++) if (ID_CHARACTERS[id.charCodeAt(i)] !== 1) return false;
  return true;
}

/** A key routes and orders: 1 to 256 characters (the shortest limit of the streams we know), no control characters, no lone surrogates. */
export function isSafeKey(key: unknown): key is string {
  if (typeof key !== "string" || key.length === 0 || key.length > 256) return false;
  let surrogates = false;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return false;
    if (unit >= 0xd800 && unit <= 0xdfff) surrogates = true;
  }
  return !surrogates || key.isWellFormed();
}

/** Milliseconds that a Date can hold (ECMA-262: 8.64e15 either side of 1970). */
export function isTimestamp(time: unknown): time is number {
  return typeof time === "number" && Math.abs(time) <= 8.64e15;
}

/** Base64 to bytes, or undefined where it is not strict base64: Node's own decoder skips what it does not know and never complains. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/** Reused, because a buffer per record costs a third of its decoding. */
let scratch = Buffer.allocUnsafe(64 * 1024);

const { base64Write } = Buffer.prototype as unknown as {
  base64Write: (this: Uint8Array, text: string, offset: number, length: number) => number;
};

/** Base64, of either alphabet, straight to the text it holds: for platforms that hand over events so. Bytes where it is not UTF-8, undefined where it is not base64. */
export function decodeBase64Text(base64: string): string | Uint8Array | undefined {
  if (base64.length > scratch.length) scratch = Buffer.allocUnsafe(base64.length);
  const length = base64Write.call(scratch, base64, 0, scratch.length);
  if (length !== (base64.length / 4) * 3 - paddingOf(base64) || !isCanonical(base64)) return undefined;
  const text = utf8Slice.call(scratch, 0, length);
  return text.includes(REPLACEMENT)
    ? (decodeUtf8(scratch.subarray(0, length)) ?? Buffer.from(scratch.subarray(0, length)))
    : text;
}

function paddingOf(base64: string): number {
  const { length } = base64;
  if (base64.charCodeAt(length - 1) !== 0x3d) return 0;
  return base64.charCodeAt(length - 2) === 0x3d ? 2 : 1;
}

/** No stray bits behind the last byte. */
function isCanonical(base64: string): boolean {
  const padding = paddingOf(base64);
  if (padding === 0) return true;
  return (padding === 1 ? "AEIMQUYcgkosw048" : "AQgw").includes(base64.charAt(base64.length - padding - 1));
}

/** A rejection that names the stage and never the payload. */
export function rejected(code: "empty" | "oversize" | "encoding" | "envelope" | "depth" | "json", message: string) {
  return new SluiceError(code, "decode", message);
}
