import { SluiceError } from "../../../shared/errors";
import type { ErrorPlace } from "../errors";

/** Kinesis takes no longer record. */
export const MAX_RECORD_BYTES = 10 * 1024 * 1024;

const LINE_BREAK = 0x0a;

/** Lines without their line break, as many at a time as a chunk completes. Throws `encoding` where one is longer than any record. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, place: ErrorPlace): AsyncGenerator<Buffer[]> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    const lines: Buffer[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_BREAK); at !== -1; at = chunk.indexOf(LINE_BREAK, from)) {
      const end = chunk.subarray(from, at);
      lines.push(begun.length === 0 ? end : Buffer.concat([...begun, end]));
      begun = [];
      begunBytes = 0;
      from = at + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
    begunBytes += chunk.length - from;
    if (lines.length > 0) yield lines;
    if (begunBytes > MAX_RECORD_BYTES) throw tooLong(place);
  }
  if (begun.length > 0) yield [Buffer.concat(begun)];
}

function tooLong({ stage, adapter, coordinates }: ErrorPlace): SluiceError {
  const message = `A line has more than ${MAX_RECORD_BYTES} bytes. Does Firehose put a line break behind each record?`;
  return new SluiceError("encoding", stage, message, { adapter, coordinates: coordinates ?? {} });
}
