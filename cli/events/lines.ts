/** A line that is longer than an event may be: its beginning, and how long it is in all. */
export interface LongLine {
  head: Buffer;
  bytes: number;
}

export type Line = Buffer | LongLine;

export interface LineSplitter {
  /** Lines that are complete now, without their line ends (LF or CRLF). */
  push(chunk: Buffer): Line[];
  /** The last line, if the file does not end with a line end. */
  end(): Line[];
}

/** What is kept of a line that is too long. */
export const HEAD_BYTES = 64 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/** Cuts a stream of bytes into lines, whatever the bytes are. Holds at most one line of `maxBytes` in memory. */
export function createLineSplitter(maxBytes: number): LineSplitter {
  let parts: Buffer[] = [];
  let bytes = 0;
  let isCut = false;

  const keep = (part: Buffer) => {
    bytes += part.length;
    if (isCut) return;
    parts.push(part);
    // One byte more than allowed, because a carriage return may still go.
    if (bytes <= maxBytes + 1) return;
    // A copy, so that the chunks it came in can go.
    parts = [Buffer.from(Buffer.concat(parts).subarray(0, HEAD_BYTES))];
    isCut = true;
  };

  const take = (): Line => {
    const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const line = whole.at(-1) === CR && !isCut ? whole.subarray(0, -1) : whole;
    const taken = isCut || line.length > maxBytes ? { head: line.subarray(0, HEAD_BYTES), bytes } : line;
    parts = [];
    bytes = 0;
    isCut = false;
    return taken;
  };

  return {
    push(chunk) {
      const lines: Line[] = [];
      let from = 0;
      for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
        keep(chunk.subarray(from, at));
        lines.push(take());
        from = at + 1;
      }
      if (from < chunk.length) keep(chunk.subarray(from));
      return lines;
    },
    end: () => (bytes > 0 ? [take()] : []),
  };
}

export function isLong(line: Line): line is LongLine {
  return !Buffer.isBuffer(line);
}

/** Nothing but spaces, tabs and carriage returns. */
export function isBlank(line: Buffer): boolean {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x09 && byte !== CR) return false;
  return true;
}
