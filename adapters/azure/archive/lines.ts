import { decodeBase64, decodeUtf8 } from "../../../shared/guards";
import { linesOf } from "../../lines";
import type { Sequenced } from "./merge";

/** A message of the hub, as it is archived. */
export interface StreamMessage {
  /** Number in its partition, which grows. */
  sequence: number;
  offset: string;
  /** When the hub took it in, milliseconds since 1970. */
  time: number;
  body: Uint8Array | string;
}

/** Above what any tier of Event Hubs takes (20 MB), also where every byte is written as six. */
const MAX_LINE_BYTES = 128 * 1024 * 1024;

/** Messages as lines of JSON: `{sequence, offset, time, body}`, or `base64` instead of `body` where it is not UTF-8. */
export function archiveText(messages: readonly StreamMessage[]): string {
  let text = "";
  for (const { sequence, offset, time, body } of messages) {
    const decoded = typeof body === "string" ? body : decodeUtf8(body);
    const content =
      decoded === undefined
        ? `"base64":"${Buffer.from(body as Uint8Array).toString("base64")}"`
        : `"body":${JSON.stringify(decoded)}`;
    text += `{"sequence":${sequence},"offset":${JSON.stringify(offset)},"time":${time},${content}}\n`;
  }
  return text;
}

/** Reads back what `archiveText` wrote, in the order of the lines. Throws a plain error that says what is wrong with it. */
export async function* readLines(bytes: AsyncIterable<Buffer>, partition: string): AsyncGenerator<Sequenced> {
  const tooLong = () => new Error(`it has a line of more than ${MAX_LINE_BYTES} bytes`);
  let number = 0;
  for await (const lines of linesOf(bytes, MAX_LINE_BYTES, tooLong))
    for (const line of lines) {
      const message = messageOf(line, partition);
      number++;
      if (message === undefined) throw new Error(`its line ${number} is no message`);
      yield message;
    }
}

function messageOf(line: Buffer, partition: string): Sequenced | undefined {
  const fields = parsed(line);
  const { sequence, offset, time, body, base64 } = fields ?? {};
  const content = typeof base64 === "string" ? decodeBase64(base64) : body;
  if (typeof sequence !== "number" || typeof offset !== "string" || typeof time !== "number") return undefined;
  if (typeof content !== "string" && !(content instanceof Uint8Array)) return undefined;
  return { sequence, message: { body: content, partition, offset, acceptedAt: time } };
}

function parsed(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
