/** Reads what Avro's container is made of from pieces that are cut anywhere. */
export interface ByteReader {
  /** So many bytes. Throws where there are fewer. */
  take(count: number): Promise<Buffer>;
  /** A number of variable length. */
  long(): Promise<number>;
  /** Whether all has been read. */
  ended(): Promise<boolean>;
}

/** 64 bits, seven in each byte. */
const MOST_DIGITS = 10;

export function byteReader(pieces: AsyncIterator<Buffer>): ByteReader {
  let held: Buffer = Buffer.alloc(0);
  let at = 0;

  /** Whether so many bytes are held. */
  const fill = async (count: number): Promise<boolean> => {
    if (held.length - at >= count) return true;
    const parts: Buffer[] = [held.subarray(at)];
    let length = held.length - at;
    while (length < count) {
      const { value, done } = await pieces.next();
      if (done) break;
      parts.push(value);
      length += value.length;
    }
    held = Buffer.concat(parts);
    at = 0;
    return length >= count;
  };
  const take = async (count: number): Promise<Buffer> => {
    if (!(await fill(count))) throw new Error("it ends too early");
    at += count;
    return held.subarray(at - count, at);
  };

  return {
    take,
    ended: async () => !(await fill(1)),
    async long() {
      let sum = 0;
      for (let digit = 0; digit < MOST_DIGITS; digit++) {
        const byte = (await take(1))[0]!;
        // Not by bits: those are 32 in JavaScript.
        sum += (byte & 0x7f) * 2 ** (7 * digit);
        if (byte < 0x80) return sum % 2 === 0 ? sum / 2 : -(sum + 1) / 2;
      }
      throw new Error("a number in it is too long");
    },
  };
}
