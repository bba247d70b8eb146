import type { RowBatch } from "../shared/ports";

/** Of the given rows, per key the one with the latest event; of equal times the one that came last. */
export function newestPerKey(rows: RowBatch, chosen: Iterable<number>): number[] {
  const newest = new Map<string, number>();
  for (const row of chosen) {
    const key = rows.keys[row]!;
    const other = newest.get(key);
    if (other === undefined || rows.times[row]! >= rows.times[other]!) newest.set(key, row);
  }
  return [...newest.values()];
}
