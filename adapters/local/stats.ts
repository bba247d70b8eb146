import type { ErrorCode } from "../../shared/errors";
import { checkpoints } from "./sqlite/checkpoints";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";
import { head } from "./sqlite/log";

export interface GroupStats {
  group: string;
  /** The last message that is done. */
  position: number;
  /** Not processed yet. */
  lagMessages: number;
  lagEvents: number;
}

export interface PartitionStats {
  partition: number;
  /** The last message of the log. */
  head: number;
  /** Events ever appended. */
  events: number;
  groups: GroupStats[];
  predictions: number;
  actions: number;
  deadLetters: Partial<Record<ErrorCode, number>>;
}

export interface LocalStats {
  /** Sums over the partitions. */
  events: number;
  predictions: number;
  actions: number;
  deadLetters: Partial<Record<ErrorCode, number>>;
  partitions: PartitionStats[];
}

/** Only counters and the ends of tables are read, so it costs the same at a thousand rows and at a billion. */
export function readStats(files: Files): LocalStats {
  const partitions = Array.from({ length: files.partitions }, (_, partition) => partitionStats(files, partition));
  const deadLetters: LocalStats["deadLetters"] = {};
  for (const one of partitions) {
    for (const [code, count] of Object.entries(one.deadLetters) as [ErrorCode, number][]) {
      deadLetters[code] = (deadLetters[code] ?? 0) + count;
    }
  }
  const sum = (field: "events" | "predictions" | "actions") => partitions.reduce((total, one) => total + one[field], 0);
  return { events: sum("events"), predictions: sum("predictions"), actions: sum("actions"), deadLetters, partitions };
}

function partitionStats(files: Files, partition: number): PartitionStats {
  const store = files.store(partition);
  try {
    // The checkpoints first: they cannot be ahead of a head that is read later.
    const groups = checkpoints(store);
    const end = head(files.log(partition));
    const counted = store.prepare("SELECT code, count FROM dead_letter_counts WHERE count > 0 ORDER BY code").all();
    return {
      partition,
      head: end.position,
      events: end.total,
      groups: groups.map(({ group, position, total }) => ({
        group,
        position,
        lagMessages: end.position - position,
        lagEvents: end.total - total,
      })),
      predictions: last(files, partition, "predictions"),
      actions: last(files, partition, "actions"),
      deadLetters: Object.fromEntries(counted.map((row) => [row["code"], Number(row["count"])])),
    };
  } catch (thrown) {
    throw sqliteError(thrown, { stage: "engine", adapter: "local/stats", file: store.file });
  }
}

/** Rows are only ever added, numbered from 1, so the last number is the count. */
function last(files: Files, partition: number, table: "predictions" | "actions"): number {
  const sql = `SELECT max(seq) AS last FROM ${table}`;
  return Number(files.store(partition).prepare(sql).get()?.["last"] ?? 0);
}
