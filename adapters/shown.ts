import path from "node:path";

/** A path as short as it can be said from here, for messages and commands. */
export function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  const short = relative === "" ? "." : relative;
  return short.startsWith(`..${path.sep}..`) || path.isAbsolute(short) ? file : short;
}
