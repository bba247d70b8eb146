/** Part of a body; `end` is exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/** The one range of a Range header; undefined for none or several, which are answered with the whole body. */
export function rangeOf(header: string | undefined, length: number): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const start = match[1] === "" ? Math.max(0, length - Number(match[2])) : Number(match[1]);
  const end = match[1] === "" || match[2] === "" ? length : Math.min(length, Number(match[2]) + 1);
  return start >= end ? "unsatisfiable" : { start, end };
}
