export interface ChunkLimits<T> {
  /** Most items of a chunk. */
  items: number;
  /** Most of what `sizeOf` counts, together; an item that has more is alone. */
  size: number;
  sizeOf(item: T): number;
}

/** Items in order, as many at a time as a request holds. */
export function chunked<T>(items: Iterable<T>, { items: most, size, sizeOf }: ChunkLimits<T>): T[][] {
  const chunks: T[][] = [];
  let chunk: T[] = [];
  let held = 0;
  for (const item of items) {
    const own = sizeOf(item);
    if (chunk.length === most || (chunk.length > 0 && held + own > size)) {
      chunks.push(chunk);
      chunk = [];
      held = 0;
    }
    chunk.push(item);
    held += own;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}
