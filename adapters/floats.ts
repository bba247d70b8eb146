/** Float32 values of base64, lowest byte first, as every machine that this runs on keeps them. */
export function floatsOf(base64: string): Float32Array {
  // Copied, because the bytes of a small buffer need not start where a float may.
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}
