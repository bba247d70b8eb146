import { readFileSync } from "node:fs";

const MIB = 1024 * 1024;
/** Linux' page on every machine this runs on. */
const PAGE_BYTES = 4_096;
const EVERY_MS = 50;

/**
 * Calls back once a process holds more memory than allowed. The heap's own limit does not see what native code holds,
 * such as a model. Where there is no /proc, only the heap is limited.
 */
export function watchMemory(pid: number, limitMb: number, exceeded: () => void): () => void {
  const timer = setInterval(() => {
    if (residentBytes(pid) <= limitMb * MIB) return;
    clearInterval(timer);
    exceeded();
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Flags for Node: the heap's share of the memory, so that collection starts before the limit. */
export function heapFlags(limitMb: number): string[] {
  return [`--max-old-space-size=${Math.floor(limitMb * 0.9)}`];
}

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
