import { addAbortSignal, type Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Clock } from "../../../shared/clock";
import { SluiceError } from "../../../shared/errors";
import type { ListedObject } from "../../objects";
import { awsError, type ErrorPlace } from "../errors";
import type { Bucket } from "./objects";

/** Broken connections in a row, without a byte in between, that reading an object survives. */
const MAX_BREAKS = 3;

const IDLE_MS = 10_000;

/** Compressed bytes at a time: at the worst ratio of gzip, 1032, they become 17 MB. */
const PIECE_BYTES = 16 * 1024;

/** The bytes of an object. Reading hundreds of megabytes takes long, so a connection that breaks is taken up where it broke. */
export async function* readBytes(
  { client, name }: Bucket,
  { key, bytes }: ListedObject,
  place: ErrorPlace,
  clock: Clock,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let etag: string | undefined;
  let at = 0;
  for (let breaks = 0; ; ) {
    // The rest of the same object: one that was replaced meanwhile is an error.
    const rest = at === 0 ? {} : { Range: `bytes=${at}-`, IfMatch: etag };
    try {
      const command = new GetObjectCommand({ Bucket: name, Key: key, ...rest });
      const { Body, ETag } = await client.send(command, signal && { abortSignal: signal });
      etag ??= ETag;
      for await (const chunk of flowing(Body as Readable, clock, signal)) {
        at += chunk.length;
        breaks = 0;
        yield chunk;
      }
      return;
    } catch (thrown) {
      if (at >= bytes) return;
      const error = awsError(thrown, place);
      if (at === 0 || signal?.aborted || !error.retryable || ++breaks > MAX_BREAKS) throw error;
    }
  }
}

/** The chunks of a body. One that stands still is a broken connection, because nothing else would ever end it. */
async function* flowing(body: Readable, clock: Clock, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = (signal ? addAbortSignal(signal, body) : body)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const came = new AbortController();
      clock.sleep(IDLE_MS, came.signal).then(
        () => body.destroy(Object.assign(new Error("No byte came for a while."), { code: "ETIMEDOUT" })),
        () => {},
      );
      const { value, done } = await chunks.next().finally(() => came.abort());
      if (done) return;
      yield value;
    }
  } finally {
    body.destroy();
  }
}

/** The same without gzip, if that is what they are. Gives what can be read, to some thousand bytes, before it throws `encoding`. */
export async function* decompressed(bytes: AsyncGenerator<Uint8Array>, place: ErrorPlace): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  for await (const chunk of startOf(bytes)) head = Buffer.concat([head, chunk]);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  try {
    yield* isGzip ? gunzipped(chain(head, bytes), place) : chain(head, bytes);
  } finally {
    await bytes.return(undefined);
  }
}

/**
 * Piece by piece, and what a piece gives before the next one goes in: a stream that fails throws away what nobody has read
 * yet, here the last good events of a broken object.
 */
async function* gunzipped(bytes: AsyncIterable<Buffer>, place: ErrorPlace): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  let ready: Buffer[] = [];
  let broken: unknown;
  let wake = () => {};
  const taken = () => {
    const chunks = ready;
    ready = [];
    return chunks;
  };
  gunzip.on("data", (chunk: Buffer) => ready.push(chunk));
  // A piece that cannot be read is never called back.
  gunzip.on("error", (error) => {
    broken = error;
    wake();
  });
  try {
    for await (const chunk of bytes) {
      for (let from = 0; from < chunk.length && broken === undefined; from += PIECE_BYTES) {
        const piece = chunk.subarray(from, from + PIECE_BYTES);
        await new Promise<void>((resolve) => {
          wake = resolve;
          gunzip.write(piece, () => resolve());
        });
        yield* taken();
      }
      if (broken !== undefined) break;
    }
    gunzip.end();
    await finished(gunzip).catch(() => undefined);
    yield* taken();
    if (broken !== undefined) throw corrupt(broken, place);
  } finally {
    gunzip.destroy();
  }
}

/** Chunks until there are two bytes, or no more. */
async function* startOf(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let length = 0; length < 2; ) {
    const { value, done } = await bytes.next();
    if (done) return;
    length += value.length;
    yield value;
  }
}

async function* chain(head: Buffer, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  yield head;
  for await (const chunk of bytes) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
}

function corrupt(cause: unknown, { stage, adapter, coordinates }: ErrorPlace): SluiceError {
  const message = "The object is not whole gzip data: what could be read of it has been read, the rest cannot be.";
  return new SluiceError("encoding", stage, message, { adapter, coordinates: coordinates ?? {}, cause });
}
