import { SluiceError } from "../../../shared/errors";
import type { ArchiveQuery } from "../../../shared/ports";
import { damaged } from "../../damaged";
import { listFolders, listObjects } from "../../objects";
import type { ErrorPlace } from "../../place";
import type { BlobContainer, ListedBlob } from "../blob";
import { readCapture } from "./capture";
import { readLines } from "./lines";
import { merged, type Run, type Sequenced } from "./merge";
import { capturedAt, daysOf, mayHold, type Span, spanOf } from "./names";
import type { Partition } from "./partitions";

/** A container, and what reading it takes. */
export interface Source {
  blobs: BlobContainer;
  place: ErrorPlace;
  query: ArchiveQuery;
  signal: AbortSignal | undefined;
}

/** The messages of a partition that blobs of the query's time have, in order, each once. */
export function readPartition(source: Source, { name, ours, captured }: Partition): AsyncGenerator<Sequenced> {
  const runs: Run[] = [];
  const first = Number.NEGATIVE_INFINITY;
  if (ours !== undefined) runs.push({ first, read: () => merged(ourRuns(source, ours, name)) });
  if (captured !== undefined) runs.push({ first, read: () => readCaptured(source, captured, name) });
  return merged(iterated(runs));
}

/** What the function wrote. Blobs overlap where a batch came again, cut otherwise. */
async function* ourRuns(source: Source, folder: string, partition: string): AsyncGenerator<Run> {
  const { from, to } = source.query;
  let held: { blob: ListedBlob; span: Span } | undefined;
  const run = ({ blob, span }: { blob: ListedBlob; span: Span }): Run => ({
    first: span.first,
    read: () => readBlob(source, blob, (bytes) => readLines(bytes, partition)),
  });
  for await (const blob of blobsOf(source, folder)) {
    const span = spanOf(blob.key);
    if (span === undefined) continue;
    if (to !== undefined && span.from >= to) break;
    // All of a blob is before what begins behind its end, and so before the end of that one's hour.
    const isOver = held !== undefined && from !== undefined && span.first > held.span.last && span.to <= from;
    if (held !== undefined && !isOver) yield run(held);
    held = { blob, span };
  }
  if (held !== undefined) yield run(held);
}

/** What Event Hubs captured: files do not overlap. */
async function* readCaptured(source: Source, folder: string, partition: string): AsyncGenerator<Sequenced> {
  for await (const blob of blobsOf(source, folder)) {
    const time = capturedAt(blob.key);
    if (time === undefined || blob.bytes === 0 || !mayHold(time, source.query)) continue;
    yield* readBlob(source, blob, (bytes) => readCapture(bytes, partition));
  }
}

async function* blobsOf({ blobs, query, signal }: Source, folder: string): AsyncGenerator<ListedBlob> {
  const folders = await listFolders(blobs, folder, 3, signal);
  const days = daysOf(
    folders.map(({ prefix }) => prefix),
    query,
  );
  for (const prefix of days) for await (const page of listObjects(blobs, { prefix }, signal)) yield* page;
}

/** What can be read of a damaged blob comes before the error. */
async function* readBlob(
  { blobs, place, signal }: Source,
  blob: ListedBlob,
  read: (bytes: AsyncGenerator<Buffer>) => AsyncGenerator<Sequenced>,
): AsyncGenerator<Sequenced> {
  try {
    yield* read(blobs.read(blob, signal));
  } catch (thrown) {
    // A service that fails says so itself.
    throw thrown instanceof SluiceError ? thrown : damaged(thrown, place, blob.key);
  }
}

async function* iterated<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
