/**
 * Decompresses a block of snappy, which Node does not know: https://github.com/google/snappy/blob/main/format_description.txt
 * Throws where it is damaged, or would have more than `limit` bytes.
 */
export function unsnappy(block: Uint8Array, limit: number): Buffer {
  const [length, start] = lengthOf(block);
  if (length > limit) throw new Error(`a block of it has more than ${limit} bytes`);
  const output = Buffer.alloc(length);
  let to = 0;
  for (let at = start; at < block.length; ) {
    const tag = block[at++]!;
    const { count, bytes } = (tag & 3) === 0 ? literal(block, at, tag) : copy(tag);
    at += bytes;
    if (to + count > length) throw damaged();
    if ((tag & 3) === 0) {
      if (at + count > block.length) throw damaged();
      output.set(block.subarray(at, at + count), to);
      at += count;
    } else {
      const offset = offsetOf(block, at - bytes, tag);
      if (offset === 0 || offset > to) throw damaged();
      // Byte by byte: a copy may reach into what it writes.
      for (let i = 0; i < count; i++) output[to + i] = output[to + i - offset]!;
    }
    to += count;
  }
  if (to !== length) throw damaged();
  return output;
}

/** How many bytes it becomes, and where the rest starts. */
function lengthOf(block: Uint8Array): [length: number, start: number] {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return [length, at + 1];
  }
  throw damaged();
}

/** How many bytes come, and how many the tag has behind its first one. */
function literal(block: Uint8Array, at: number, tag: number) {
  const short = tag >> 2;
  if (short < 60) return { count: short + 1, bytes: 0 };
  return { count: littleEndian(block, at, short - 59) + 1, bytes: short - 59 };
}

/** The same of a copy. */
function copy(tag: number) {
  if ((tag & 3) === 1) return { count: ((tag >> 2) & 7) + 4, bytes: 1 };
  return { count: (tag >> 2) + 1, bytes: (tag & 3) === 2 ? 2 : 4 };
}

/** How far back a copy starts. */
function offsetOf(block: Uint8Array, at: number, tag: number): number {
  if ((tag & 3) === 1) return (tag >> 5) * 256 + littleEndian(block, at, 1);
  return littleEndian(block, at, (tag & 3) === 2 ? 2 : 4);
}

function littleEndian(block: Uint8Array, at: number, bytes: number): number {
  if (at + bytes > block.length) throw damaged();
  let number = 0;
  for (let i = 0; i < bytes; i++) number += block[at + i]! * 256 ** i;
  return number;
}

function damaged(): Error {
  return new Error("a block of it is damaged");
}
