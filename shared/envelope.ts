import { asBuffer, decodeBase64, decodeUtf8 } from "./guards";

/**
 * Many events in one stream message: fewer requests, fewer bytes, one decode.
 *
 * The form is text, because one of the clouds hands a function only what survives UTF-8 and JSON: a header line
 * `{"sluice":1,"count":2,"publishedAt":1763800000000}` and then one line per event, its bytes unchanged. An event that
 * cannot stand on a line (a line break, invalid UTF-8, a leading `~`) is written as `~` and its base64.
 * A message that does not start with the header is one event by itself, so any producer can write to the stream.
 */
export interface Envelope {
  /** The events in order: text where it is valid UTF-8, otherwise the original bytes. */
  events: (string | Uint8Array)[];
  /** When the producer packed it, milliseconds since 1970. */
  publishedAt: number | undefined;
}

const MAGIC = '{"sluice":1,';
const HEADER = /^\{"sluice":1,"count":(\d{1,6}),"publishedAt":(\d{1,16})\}$/;
const ESCAPE = "~";

/** Packs events, each UTF-8 text or bytes, into one message body. */
export function encodeEnvelope(events: readonly (string | Uint8Array)[], publishedAt: number): string {
  const header = `${MAGIC}"count":${events.length},"publishedAt":${Math.max(0, Math.round(publishedAt))}}`;
  if (events.length > 0 && events.every(isText)) {
    const plain = `\n${events.join("\n")}`;
    if (standsOnLines(plain, events.length)) return header + plain;
  }
  return header + events.map((event) => `\n${line(event)}`).join("");
}

function isText(event: string | Uint8Array): event is string {
  return typeof event === "string";
}

/** Whether joined events can stay as they are: asked of all at once, which is the usual answer and a third of the time. */
function standsOnLines(joined: string, events: number): boolean {
  if (!joined.isWellFormed() || joined.includes(`\n${ESCAPE}`)) return false;
  let lineBreaks = 0;
  for (let at = joined.indexOf("\n"); at !== -1; at = joined.indexOf("\n", at + 1)) lineBreaks++;
  return lineBreaks === events;
}

/** Whether a message body says that it is an envelope. A message that does not is one event by itself. */
export function isEnvelope(body: string | Uint8Array): boolean {
  if (typeof body === "string") return body.startsWith(MAGIC);
  for (let i = 0; i < MAGIC.length; i++) if (body[i] !== MAGIC.charCodeAt(i)) return false;
  return true;
}

export interface EnvelopeHeader {
  /** Events, and so lines, that follow. */
  count: number;
  /** Milliseconds since 1970. */
  publishedAt: number;
}

/** Reads the first line of an envelope. Undefined if it is none. */
export function decodeHeader(line: string): EnvelopeHeader | undefined {
  const header = HEADER.exec(line);
  return header === null ? undefined : { count: Number(header[1]), publishedAt: Number(header[2]) };
}

/** Unpacks the body of an envelope. Undefined if it is not a whole one. */
export function decodeEnvelope(body: string | Uint8Array): Envelope | undefined {
  const text = typeof body === "string" ? body : decodeUtf8(body);
  if (text === undefined) return undefined;

  const headerEnd = text.indexOf("\n");
  const header = decodeHeader(headerEnd === -1 ? text : text.slice(0, headerEnd));
  if (header === undefined) return undefined;
  const events = headerEnd === -1 ? [] : lines(text, headerEnd + 1);
  if (events === undefined || events.length !== header.count) return undefined;
  return { events, publishedAt: header.publishedAt };
}

function line(event: string | Uint8Array): string {
  const text = typeof event === "string" ? event : decodeUtf8(event);
  if (text?.isWellFormed() && !text.includes("\n") && !text.startsWith(ESCAPE)) return text;
  return ESCAPE + asBuffer(typeof event === "string" ? Buffer.from(event) : event).toString("base64");
}

function lines(text: string, start: number): (string | Uint8Array)[] | undefined {
  const events: (string | Uint8Array)[] = [];
  for (let from = start; from <= text.length; ) {
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    const escaped = text.charCodeAt(from) === 0x7e && end > from;
    const event = escaped ? unescaped(text.slice(from + 1, end)) : text.slice(from, end);
    if (event === undefined) return undefined;
    events.push(event);
    from = end + 1;
  }
  return events;
}

function unescaped(base64: string): string | Uint8Array | undefined {
  const bytes = decodeBase64(base64);
  return bytes && (decodeUtf8(bytes) ?? bytes);
}
