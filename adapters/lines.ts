const LINE_BREAK = 0x0a;

/** Lines without their line break, as many at a time as a chunk completes. Throws what `tooLong` makes where one is longer. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  tooLong: () => Error,
): AsyncGenerator<Buffer[]> {
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
    if (begunBytes > maxBytes) throw tooLong();
  }
  if (begun.length > 0) yield [Buffer.concat(begun)];
}
