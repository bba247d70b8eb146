/**
 * The partition that Event Hubs chooses for a key: lookup3's `hashlittle2` (Bob Jenkins, public domain) of the key in UTF-8,
 * both halves folded to 16 bits with a sign. All of Azure's own client libraries compute the same.
 */
export function partitionOfKey(key: string, partitions: number): number {
  const [b, c] = lookup3(Buffer.from(key, "utf8"));
  const folded = ((b ^ c) << 16) >> 16;
  return Math.abs(folded % partitions);
}

type Words = [a: number, b: number, c: number];

const BLOCK_BYTES = 12;

/** With both seeds 0: http://burtleburtle.net/bob/c/lookup3.c */
function lookup3(data: Buffer): [b: number, c: number] {
  const start = (0xdeadbeef + data.length) | 0;
  const words: Words = [start, start, start];
  // A last block that is not full counts as if zeros followed.
  const padded = Buffer.alloc(Math.ceil(data.length / BLOCK_BYTES) * BLOCK_BYTES);
  data.copy(padded);
  for (let offset = 0; offset < padded.length; offset += BLOCK_BYTES) {
    for (let i = 0; i < 3; i++) words[i as 0 | 1 | 2] += padded.readInt32LE(offset + 4 * i);
    if (offset + BLOCK_BYTES < padded.length) mix(words);
    else final(words);
  }
  return [words[1], words[2]];
}

function mix(words: Words): void {
  let [a, b, c] = words;
  a = (a - c) ^ rotate(c, 4);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 4);
  b = (b + a) | 0;
  words.splice(0, 3, a, b, c);
}

function final(words: Words): void {
  let [a, b, c] = words;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  words.splice(0, 3, a, b, c);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
