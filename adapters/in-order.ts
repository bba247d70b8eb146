import type { PredictionQuery, StoredPrediction } from "../shared/ports";

/** Rows that are held to be sorted. */
const MOST_SORTED = 10_000;

/**
 * What comes in pages without a useful order, in the order of event time and up to the query's limit. Never more than some
 * 10,000 rows are held besides a page: a query without such a limit that finds more gives them in the order of the pages.
 */
export async function* inOrder(
  pages: AsyncIterable<readonly StoredPrediction[]>,
  { limit, newest }: PredictionQuery,
): AsyncGenerator<StoredPrediction> {
  const most = Math.min(limit, MOST_SORTED);
  const order = byTime(newest === true);
  let held: StoredPrediction[] = [];
  let given = 0;
  for await (const page of pages) {
    held.push(...page);
    if (held.length <= most) continue;
    if (limit > MOST_SORTED) {
      for (const row of held) if (given++ < limit) yield row;
      if (given >= limit) return;
      held = [];
    } else if (held.length >= 2 * most) {
      held = held.sort(order).slice(0, most);
    }
  }
  for (const row of held.sort(order)) if (given++ < limit) yield row;
}

/** Whether a row's event time is within the query's. */
export function isWithin({ time }: StoredPrediction, { from, to }: PredictionQuery): boolean {
  return (from === undefined || time >= from) && (to === undefined || time < to);
}

function byTime(newest: boolean) {
  const sign = newest ? -1 : 1;
  return (a: StoredPrediction, b: StoredPrediction) =>
    sign * (a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
