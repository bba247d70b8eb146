/**
 * The bytes of an object, piece by piece, so that one that fails can be read again alone. `read` is given a range as HTTP
 * writes it, `bytes=0-9`; where it gives nothing, there is no more.
 */
export async function* inPieces(
  bytes: number,
  pieceBytes: number,
  read: (range: string) => Promise<Uint8Array>,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes; ) {
    const body = await read(`bytes=${at}-${Math.min(at + pieceBytes, bytes) - 1}`);
    if (body.length === 0) return;
    at += body.length;
    yield Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
}
