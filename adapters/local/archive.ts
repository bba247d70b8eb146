import type { Archive, ArchivedMessage } from "../../shared/ports";
import { cancelled } from "./cancelled";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";
import { type LogRow, readSince } from "./sqlite/log";

/** Messages held per partition while reading: at most 1 MiB each, usually some tens of KiB. */
const PAGE = 32;

/** Reads the log back, as far as retention has left it: by time of acceptance, in order within each partition. */
export function localArchive(files: Files): Archive {
  return {
    read: async function* ({ from = 0, to = Number.MAX_SAFE_INTEGER }, { signal } = {}) {
      const sources = Array.from({ length: files.partitions }, (_, partition) => pages(files, partition, from));
      const heads = sources.map((source) => source.next());
      for (;;) {
        if (signal?.aborted) throw cancelled("archive", "local/archive");
        const next = earliest(heads);
        const row = next === -1 ? undefined : heads[next]?.value;
        // Times never go back within a partition, and this is the earliest of all.
        if (!row || row.appendedAt >= to) return;
        yield archived(next, row);
        heads[next] = sources[next]?.next() ?? { done: true, value: undefined };
      }
    },
    close: async () => {},
  };
}

function* pages(files: Files, partition: number, from: number): Generator<LogRow, undefined> {
  const log = files.log(partition);
  for (let position = 0; ; ) {
    let rows: LogRow[];
    try {
      rows = readSince(log, position, from, PAGE);
    } catch (thrown) {
      throw sqliteError(thrown, { stage: "archive", adapter: "local/archive", file: log.file });
    }
    yield* rows;
    if (rows.length < PAGE) return undefined;
    position = rows.at(-1)?.position ?? position;
  }
}

function earliest(heads: readonly IteratorResult<LogRow, undefined>[]): number {
  let best = -1;
  let time = Number.POSITIVE_INFINITY;
  for (const [i, head] of heads.entries()) {
    if (head.done || head.value.appendedAt >= time) continue;
    best = i;
    time = head.value.appendedAt;
  }
  return best;
}

function archived(partition: number, { body, position, appendedAt }: LogRow): ArchivedMessage {
  return { body, partition: String(partition), offset: String(position), acceptedAt: appendedAt };
}
