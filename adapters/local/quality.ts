import { ConfigError } from "../../shared/errors";
import type { Db } from "./sqlite/database";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";
import { readFields } from "./sqlite/predictions";
import { createTally, type Quality, type Range } from "./tally";

/** Names of prediction fields. */
export interface QualityFields {
  /** Compared with the truth. */
  predicted: string;
  /** Ranks: a number, higher for the positive class. */
  score?: string | undefined;
}

/** Computed in one pass over the stored rows of all partitions, in the memory of its result. */
export function measureQuality(files: Files, { predicted, score }: QualityFields): Quality {
  const stores = Array.from({ length: files.partitions }, (_, partition) => files.store(partition));
  const within = <T>(store: Db, run: () => T): T => {
    try {
      return run();
    } catch (thrown) {
      throw sqliteError(thrown, { stage: "store", adapter: "local/quality", file: store.file });
    }
  };

  const scored = stores.flatMap((store) => within(store, () => extremes(store, column(store, score))));
  const range = rangeOf(scored);
  const tally = createTally(range ?? { from: 0, to: 1 });
  for (const store of stores) {
    within(store, () => {
      const columns = ["truth", column(store, predicted) ?? "NULL", column(store, score) ?? "NULL"];
      store.fold(columns, "FROM predictions", tally.add);
    });
  }
  const quality = tally.result();
  return range ? quality : { ...quality, scores: undefined };
}

function column(store: Db, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const fields = readFields(store);
  const found = fields.find((field) => field.name === name);
  if (found) return `"${found.column}"`;
  // A partition that has stored nothing yet knows no fields.
  if (fields.length === 0) return undefined;
  const known = fields.map((field) => field.name).join(", ");
  throw new ConfigError(`${JSON.stringify(name)} is no prediction field.`, store.file, `Name one of ${known}.`);
}

function extremes(store: Db, score: string | undefined): Range[] {
  if (score === undefined) return [];
  const sql = `SELECT min(${score}) AS "from", max(${score}) AS "to" FROM predictions WHERE typeof(${score}) IN ('real', 'integer')`;
  const row = store.prepare(sql).get() as unknown as { from: number | null; to: number | null };
  return row.from === null || row.to === null ? [] : [{ from: row.from, to: row.to }];
}

function rangeOf(ranges: readonly Range[]): Range | undefined {
  if (ranges.length === 0) return undefined;
  const from = Math.min(...ranges.map((range) => range.from));
  const to = Math.max(...ranges.map((range) => range.to));
  if (from >= 0 && to <= 1) return { from: 0, to: 1 };
  return from === to ? { from, to: from + 1 } : { from, to };
}
