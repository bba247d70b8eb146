import { SluiceError } from "../../../shared/errors";
import { linesOf } from "../../lines";
import type { ErrorPlace } from "../errors";

/** Kinesis takes no longer record. */
export const MAX_RECORD_BYTES = 10 * 1024 * 1024;

/** Records without Firehose's line breaks. Throws `encoding` where a line is longer than any record. */
export function recordLines(chunks: AsyncIterable<Buffer>, place: ErrorPlace): AsyncGenerator<Buffer[]> {
  return linesOf(chunks, MAX_RECORD_BYTES, () => tooLong(place));
}

function tooLong({ stage, adapter, coordinates }: ErrorPlace): SluiceError {
  const message = `A line has more than ${MAX_RECORD_BYTES} bytes. Does Firehose put a line break behind each record?`;
  return new SluiceError("encoding", stage, message, { adapter, coordinates: coordinates ?? {} });
}
