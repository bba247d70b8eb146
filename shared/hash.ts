/**
 * A 53-bit hash of a string as a safe integer (cyrb53 by bryc, public domain): two 32-bit multiply-xor lanes.
 * Not cryptographic: for routing and for sets, never for secrets.
 */
export function hash53(text: string, seed = 0): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}

/** The partition of a key: the same everywhere, for ever, so that one key's events meet in one partition. */
export function partitionOf(key: string, partitions: number): number {
  return partitions === 1 ? 0 : hash53(key) % partitions;
}
