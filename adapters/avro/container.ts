import type { Type } from "avsc";
import { type Decompress, decompressor, MAX_BLOCK_BYTES } from "./codecs";
import { type ByteReader, byteReader } from "./reader";

/** Beginning of every file: https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
const MAGIC = Buffer.from("Obj\u0001");
const SYNC_BYTES = 16;

/** Of the file's schema and what else it says of itself. */
const MAX_HEADER_BYTES = 1024 * 1024;

interface Header {
  type: Type;
  decompress: Decompress;
  sync: Buffer;
}

/** The records of an Avro file, block by block. Throws a plain error that says what is wrong with the file. */
export async function* readBlocks(pieces: AsyncIterator<Buffer>): AsyncGenerator<unknown[]> {
  const reader = byteReader(pieces);
  const { type, decompress, sync } = await readHeader(reader);
  while (!(await reader.ended())) {
    const count = await reader.long();
    const bytes = await reader.long();
    if (count < 0 || bytes < 0 || bytes > MAX_BLOCK_BYTES) throw new Error("a block of it has an impossible length");
    const block = await decompress(await reader.take(bytes));
    if (!sync.equals(await reader.take(SYNC_BYTES))) throw new Error("a block of it does not end where it should");
    yield recordsOf(type, block, count);
  }
}

async function readHeader(reader: ByteReader): Promise<Header> {
  if (!MAGIC.equals(await reader.take(MAGIC.length))) throw new Error("it is no Avro file");
  const entries = await readMap(reader);
  const sync = Buffer.from(await reader.take(SYNC_BYTES));
  // Loaded when there is something to read: nothing but a replay needs it.
  const { Type: types } = await import("avsc");
  return {
    type: types.forSchema(JSON.parse(entries.get("avro.schema")?.toString() ?? "")),
    decompress: decompressor(entries.get("avro.codec")?.toString() ?? "null"),
    sync,
  };
}

async function readMap(reader: ByteReader): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  const bytes = async () => {
    const length = await reader.long();
    if (length < 0 || length > MAX_HEADER_BYTES) throw new Error("its header has an impossible length");
    return Buffer.from(await reader.take(length));
  };
  for (;;) {
    const count = await reader.long();
    if (count === 0) return entries;
    // A negative count is followed by the length of its entries.
    if (count < 0) await reader.long();
    for (let i = 0; i < Math.abs(count); i++) entries.set((await bytes()).toString(), await bytes());
  }
}

function recordsOf(type: Type, block: Buffer, count: number): unknown[] {
  const records: unknown[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const { value, offset } = type.decode(block, at);
    if (offset < 0) throw new Error("a block of it has fewer records than it says");
    records.push(value);
    at = offset;
  }
  if (at !== block.length) throw new Error("a block of it has more records than it says");
  return records;
}
