import { decodeHeader, isEnvelope } from "../../../shared/envelope";
import { decodeUtf8 } from "../../../shared/guards";
import { MAX_RECORD_BYTES } from "./lines";

/** A message as the stream held it. */
export interface Scanned {
  body: Buffer;
  /** Number of its first line, from 1. */
  line: number;
  /** Milliseconds since 1970, where the message is an envelope. */
  publishedAt: number | undefined;
}

/** Puts lines together to messages again. */
export interface Scanner {
  /** Messages that are whole with this line. */
  add(line: Buffer): Scanned[];
  /** What is left at the end of an object. */
  end(): Scanned[];
}

/** An envelope whose lines are still coming, its header first. */
interface Open {
  parts: Buffer[];
  bytes: number;
  missing: number;
  line: number;
  publishedAt: number;
}

const NEW_LINE = Buffer.from("\n");

/**
 * A header takes as many lines as it says; every other line is a message. A header that promises more than there is, or than
 * a record can hold, is no envelope: it stands alone, as it did in the stream, and the lines behind it are messages.
 */
export function createScanner(): Scanner {
  let open: Open | undefined;
  let number = 0;

  const add = (line: Buffer, at: number): Scanned[] => {
    if (open === undefined) return start(line, at);
    open.parts.push(line);
    open.bytes += line.length + 1;
    open.missing--;
    if (open.bytes > MAX_RECORD_BYTES) return giveUp(open);
    if (open.missing > 0) return [];
    const { parts, line: first, publishedAt } = open;
    open = undefined;
    return [{ body: joined(parts), line: first, publishedAt }];
  };
  const start = (line: Buffer, at: number): Scanned[] => {
    // A producer's own line break in front of Firehose's leaves an empty line.
    if (line.length === 0) return [];
    const header = isEnvelope(line) ? decodeHeader(decodeUtf8(line) ?? "") : undefined;
    if (header === undefined || header.count === 0) return [{ body: line, line: at, publishedAt: header?.publishedAt }];
    open = { parts: [line], bytes: line.length, missing: header.count, line: at, publishedAt: header.publishedAt };
    return [];
  };
  const giveUp = ({ parts, line }: Open): Scanned[] => {
    open = undefined;
    const [header, ...rest] = parts;
    const alone = { body: header!, line, publishedAt: undefined };
    return [alone, ...rest.flatMap((part, i) => add(part, line + 1 + i))];
  };

  return {
    add: (line) => add(line, ++number),
    end: () => {
      const left: Scanned[] = [];
      // What is given up may begin with another header.
      while (open !== undefined) left.push(...giveUp(open));
      return left;
    },
  };
}

function joined(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, i) => (i === 0 ? [line] : [NEW_LINE, line])));
}
