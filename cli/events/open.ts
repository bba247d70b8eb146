import { createHash } from "node:crypto";
import { createReadStream, type Stats, statSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { shown } from "../../adapters/shown";
import { ConfigError } from "../../shared/errors";
import { bytes as formatBytes } from "../format";
import { createCsvReader } from "./csv";
import { type EventFormat, formatOf, refuseForeign } from "./format";
import { createLineSplitter } from "./lines";
import { createNdjsonReader } from "./ndjson";
import { type BatchingOptions, createBatcher, type EventBatch, type EventSource } from "./source";

export interface EventsOptions {
  /** A path, or `-` for standard input. */
  file: string;
  format: EventFormat | "auto";
}

const CHUNK_BYTES = 1024 * 1024;

/**
 * Opens a file of events, or a pipe. A file is read twice: first for its hash, by which a later run knows it again.
 * @throws ConfigError if it is not there, may not be read, or is of another kind (compressed, UTF-16, one JSON array).
 */
export async function openEvents({ file, format }: EventsOptions): Promise<EventSource> {
  const isStdin = file === "-";
  const where = isStdin ? "standard input" : `events file ${shown(path.resolve(file))}`;
  const stats = isStdin ? undefined : statsOf(file, where);
  const isFile = stats?.isFile() === true;
  const chunks = isStdin ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const reading = readable(chunks, where);
  const identity = isFile ? await identify(file, stats, where) : undefined;

  let first = await reading.next();
  const start: Buffer = first.done ? Buffer.alloc(0) : first.value;
  try {
    refuseForeign(start, file, where);
  } catch (thrown) {
    // An open pipe would keep the process alive.
    chunks.destroy();
    throw thrown;
  }
  const chosen = format === "auto" ? formatOf(start, file) : format;
  if (hasByteOrderMark(start)) first = { done: false, value: start.subarray(3) };

  const reader = chosen === "csv" ? createCsvReader(where) : createNdjsonReader();
  let bytesRead = 0;

  async function* batches(how: BatchingOptions): AsyncGenerator<EventBatch> {
    const splitter = createLineSplitter(how.maxBytes);
    const batcher = createBatcher(how);
    for (let next = first; !next.done; next = await reading.next()) {
      bytesRead += next.value.length;
      yield* batcher.add(reader.read(splitter.push(next.value)));
      // What a pipe has brought is sent at once: nobody knows when more comes.
      if (!isFile && !batcher.isEmpty) yield batcher.take();
    }
    yield* batcher.add([...reader.read(splitter.end()), ...reader.end()]);
    if (!batcher.isEmpty) yield batcher.take();
  }

  return {
    description: isFile
      ? `${shown(path.resolve(file))} (${chosen}, ${formatBytes(stats.size)})`
      : `${where} (${chosen})`,
    identity: identity && `${identity}:${chosen}`,
    count: undefined,
    share: () => (isFile ? Math.min(1, bytesRead / Math.max(1, stats.size)) : undefined),
    blank: () => reader.blank,
    close: () => void chunks.destroy(),
    batches,
  };
}

function statsOf(file: string, where: string): Stats {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats)
    throw new ConfigError(
      "there is no such file.",
      where,
      "Check `--events`; it is relative to the working directory.",
    );
  if (stats.isDirectory()) throw new ConfigError("this is a directory.", where, "Name one file in it.");
  return stats;
}

async function identify(file: string, { size }: Stats, where: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of readable(createReadStream(file, { highWaterMark: CHUNK_BYTES }), where)) hash.update(chunk);
  return `file:${path.resolve(file)}:${size}:${hash.digest("hex")}`;
}

async function* readable(stream: Readable, where: string): AsyncGenerator<Buffer, undefined> {
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    // Closed by ourselves.
    if (code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ABORT_ERR") return undefined;
    const fix = code === "EACCES" ? "Give this user the right to read it." : "Check the file and its disk.";
    throw new ConfigError(`it cannot be read (${code}).`, where, fix, { cause });
  }
  return undefined;
}

/** UTF-8's own, which some editors put first. */
function hasByteOrderMark(start: Buffer): boolean {
  return start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf;
}
