import { promisify } from "node:util";
import { crc32, inflateRaw, zstdDecompress } from "node:zlib";
import { unsnappy } from "./snappy";

/** Undoes the compression of a block. Throws where it is damaged. */
export type Decompress = (block: Buffer) => Promise<Buffer>;

/** A message has at most 10 MB, and a block closes with the one that fills it; this is far more, and still fits into memory. */
export const MAX_BLOCK_BYTES = 64 * 1024 * 1024;

const inflate = promisify(inflateRaw);
const unzstd = promisify(zstdDecompress);
const options = { maxOutputLength: MAX_BLOCK_BYTES };

/** Neither Google nor Azure promises a codec for what its service writes: https://avro.apache.org/docs/1.12.0/specification/#required-codecs */
const CODECS = new Map<string, Decompress>([
  ["null", async (block) => block],
  ["deflate", (block) => inflate(block, options)],
  ["zstandard", (block) => unzstd(block, options)],
  ["snappy", async (block) => checked(unsnappy(block.subarray(0, -4), MAX_BLOCK_BYTES), block)],
]);

export function decompressor(codec: string): Decompress {
  const decompress = CODECS.get(codec);
  if (!decompress) throw new Error(`it is compressed by ${codec}; only ${[...CODECS.keys()].join(", ")} can be read`);
  return decompress;
}

/** Behind each block of snappy, Avro puts the checksum of what it becomes. */
function checked(output: Buffer, block: Buffer): Buffer {
  if (block.length < 4 || crc32(output) !== block.readUInt32BE(block.length - 4))
    throw new Error("the checksum of a block does not match");
  return output;
}
