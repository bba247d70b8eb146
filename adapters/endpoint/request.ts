import { SluiceError } from "../../shared/errors";
import type { FeatureMatrix } from "../../shared/matrix";

/** Media type of a request in binary. The body says the rest, because not every platform passes headers on. */
export const REQUEST_TYPE = "application/vnd.sluice.f32";

/**
 * A request is 12 bytes of header (`SLF1`, rows and width as unsigned 32-bit little-endian integers) and the features row
 * by row, as 32-bit little-endian floats.
 */
export const REQUEST_HEADER_BYTES = 12;

/** `SLF1` read as a big-endian integer. No JSON text starts with it, so the first bytes tell the formats apart. */
const MAGIC = 0x534c4631;

/** Rows `from` to `to` (exclusive) of a matrix, copied. */
export function encodeRequest({ width, data }: FeatureMatrix, from: number, to: number): Uint8Array {
  const values = data.subarray(from * width, to * width);
  const bytes = new Uint8Array(REQUEST_HEADER_BYTES + values.byteLength);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, MAGIC);
  header.setUint32(4, to - from, true);
  header.setUint32(8, width, true);
  // Every platform that onnxruntime ships for is little-endian, so the bytes are the floats as they lie in memory.
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), REQUEST_HEADER_BYTES);
  return bytes;
}

/** Whether these bytes say that they are a binary request. */
export function isBinaryRequest(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0) === MAGIC;
}

/**
 * The matrix of a binary request; it may share the bytes' memory.
 * @throws SluiceError `model-input` if the bytes are not what their header says.
 */
export function decodeRequest(bytes: Uint8Array): FeatureMatrix {
  if (bytes.length < REQUEST_HEADER_BYTES)
    throw refused(`The body ends within its ${REQUEST_HEADER_BYTES}-byte header.`);
  const header = viewOf(bytes);
  const rows = header.getUint32(4, true);
  const width = header.getUint32(8, true);
  const values = bytes.length - REQUEST_HEADER_BYTES;
  if (values !== rows * width * 4)
    throw refused(
      `The body holds ${values} bytes of features; ${rows} rows of width ${width} take ${rows * width * 4}.`,
    );
  return { rows, width, data: floatsOf(bytes.subarray(REQUEST_HEADER_BYTES)) };
}

/** A view where the alignment allows it, otherwise a copy. */
function floatsOf(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refused(message: string): SluiceError {
  return new SluiceError("model-input", "infer", message);
}
