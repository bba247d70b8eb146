import { promisify } from "node:util";
import { crc32, deflateRawSync, zstdCompress } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { decompressor } from "../../../../adapters/avro/codecs";
import { unsnappy } from "../../../../adapters/avro/snappy";
import { avro, objectName, read, readUntilError } from "../gcp/archive/open";
import { HOUR } from "../suites/archived";

const MOST = 1024 * 1024;

describe("compressed objects", () => {
  const messages = Array.from({ length: 500 }, (_, i) => ({
    id: `m${i}`,
    at: HOUR + i,
    data: `${"ab".repeat(i)}${i}`,
  }));

  it.each(["null", "deflate"])("by %s are read", async (codec) => {
    const found = await read({ [objectName()]: await avro(messages, { codec, blockSize: 1_000 }) });

    expect(found.map(({ body }) => body)).toEqual(messages.map(({ data }) => data));
  });

  it("by snappy are read, as Avro has them: with a checksum behind each block", async () => {
    const codecs = { snappy: withChecksum };
    const found = await read({ [objectName()]: await avro(messages, { codec: "snappy", codecs, blockSize: 1_000 }) });

    expect(found.map(({ body }) => body)).toEqual(messages.map(({ data }) => data));
  });

  it("by zstandard are read", async () => {
    const data = Buffer.from("x".repeat(1_000));

    expect(await decompressor("zstandard")(await promisify(zstdCompress)(data))).toEqual(data);
  });

  it("by anything else are refused by name", async () => {
    const codecs = { bzip2: (data: Buffer, done: (error: null, block: Buffer) => void) => done(null, data) };
    const [, error] = await readUntilError({ [objectName()]: await avro(messages, { codec: "bzip2", codecs }) });

    expect(error).toMatchObject({ code: "encoding" });
    expect(String(error)).toContain("it is compressed by bzip2; only null, deflate, zstandard, snappy can be read");
  });

  it("that would fill the memory are refused", async () => {
    const bomb = deflateRawSync(Buffer.alloc(80 * 1024 * 1024));

    await expect(decompressor("deflate")(bomb)).rejects.toThrow();
    expect(() => unsnappy(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x08, 0]), MOST)).toThrow("more than");
  });

  it("with a wrong checksum are refused", async () => {
    const block = Buffer.concat([snappyOf(Buffer.from("hello")), Buffer.alloc(4)]);

    await expect(decompressor("snappy")(block)).rejects.toThrow("checksum");
  });
});

describe("snappy", () => {
  it("copies from what it has written, also into what it writes", () => {
    // "ab", then 6 from 2 back (one byte of offset), then 4 from 8 back (two), then 4 from 12 back (four).
    const block = Buffer.from([16, 0x04, 0x61, 0x62, 0x09, 2, 0x0e, 8, 0, 0x0f, 12, 0, 0, 0]);

    expect(unsnappy(block, MOST).toString()).toBe("abababababababab");
  });

  it("reads literals of any length", () => {
    for (const length of [0, 1, 60, 61, 256, 257, 65_536, 65_537, 200_000]) {
      const data = Buffer.alloc(length, "xyz");
      expect(unsnappy(snappyOf(data), MOST).equals(data)).toBe(true);
    }
  });

  it("never returns from damaged bytes anything but an error or bytes of the promised length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(unsnappy(bytes, 1_000).length).toBeLessThanOrEqual(1_000);
        } catch (thrown) {
          expect(String(thrown)).toMatch(/^Error: a block of it (is damaged|has more than)/);
        }
      }),
    );
  });
});

/** One literal: valid, if not small. */
function snappyOf(data: Buffer): Buffer {
  const length: number[] = [];
  for (let left = data.length; ; left = Math.floor(left / 128)) {
    length.push((left % 128) + (left >= 128 ? 128 : 0));
    if (left < 128) break;
  }
  if (data.length === 0) return Buffer.from(length);
  const size = data.length - 1;
  const tag = size < 60 ? [size << 2] : [62 << 2, size & 0xff, (size >> 8) & 0xff, size >> 16];
  return Buffer.concat([Buffer.from([...length, ...tag]), data]);
}

function withChecksum(data: Buffer, done: (error: null, block: Buffer) => void): void {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(data));
  done(null, Buffer.concat([snappyOf(data), checksum]));
}
