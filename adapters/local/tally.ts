import type { SQLOutputValue } from "node:sqlite";

export interface ConfusionCell {
  truth: number;
  /** Booleans as 0 and 1, like the truth. */
  predicted: number | string | null;
  count: number;
}

export interface ScoreHistogram extends Range {
  /** Rows per bucket for each truth; undefined is rows without one, or all rows if there are more than 20 truths. */
  series: { truth: number | undefined; counts: number[] }[];
}

/** Lower end of the first bucket and upper end of the last; all are equally wide. 0 and 1 if every score lies there. */
export interface Range {
  from: number;
  to: number;
}

export interface Quality {
  /** Rows whose event carried the truth. */
  labelled: number;
  /** Those of them whose prediction equals it. */
  correct: number;
  /** Undefined beyond 400 different pairs: then it is no classification. */
  confusion: ConfusionCell[] | undefined;
  scores: ScoreHistogram | undefined;
  /** Area under the ROC curve, for truths 0 and 1, exact to the width of 10,000 buckets of the score; ties count half. */
  auc: number | undefined;
}

export interface Tally {
  /** Counts one row; a truth or score that is no number is none. */
  add(truth: SQLOutputValue, predicted: SQLOutputValue, score: SQLOutputValue): void;
  result(): Quality;
}

const MOST_CELLS = 400;
const MOST_TRUTHS = 20;
const FINE_BUCKETS = 10_000;
const BUCKETS = 50;

/** Rows per fine bucket by truth. */
type Fine = Map<number | undefined, Float64Array>;

/** Counts predictions against the truth, in memory that does not grow with the rows. */
export function createTally({ from, to }: Range): Tally {
  const scale = FINE_BUCKETS / (to - from);
  const cells = new Map<number, Map<SQLOutputValue, number>>();
  const fine: Fine = new Map();
  let labelled = 0;
  let correct = 0;
  let distinct = 0;
  /** Too many truths for a series each. */
  let together = false;

  const count = (truth: number, predicted: SQLOutputValue) => {
    labelled++;
    if (truth === predicted) correct++;
    if (distinct > MOST_CELLS) return;
    const row = cells.get(truth) ?? new Map<SQLOutputValue, number>();
    const before = row.get(predicted);
    if (before === undefined) distinct++;
    row.set(predicted, (before ?? 0) + 1);
    cells.set(truth, row);
  };
  const seriesOf = (truth: number | undefined): Float64Array => {
    const key = together ? undefined : truth;
    const known = fine.get(key);
    if (known) return known;
    const series = new Float64Array(FINE_BUCKETS);
    if (fine.size <= MOST_TRUTHS) fine.set(key, series);
    else {
      for (const other of fine.values()) for (const [i, rows] of other.entries()) series[i]! += rows;
      fine.clear();
      fine.set(undefined, series);
      together = true;
    }
    return series;
  };

  return {
    add: (truth, predicted, score) => {
      const known = typeof truth === "number" ? truth : undefined;
      if (known !== undefined) count(known, predicted);
      if (typeof score !== "number") return;
      seriesOf(known)[Math.min(FINE_BUCKETS - 1, Math.floor((score - from) * scale))]! += 1;
    },
    result: () => ({
      labelled,
      correct,
      confusion: distinct > MOST_CELLS ? undefined : listed(cells),
      scores: { from, to, series: coarse(fine) },
      auc: areaUnderCurve(fine),
    }),
  };
}

function listed(cells: ReadonlyMap<number, ReadonlyMap<SQLOutputValue, number>>): ConfusionCell[] {
  const list = [...cells].flatMap(([truth, row]) =>
    [...row].map(([predicted, count]) => ({ truth, predicted: predicted as ConfusionCell["predicted"], count })),
  );
  return list.sort((a, b) => a.truth - b.truth || (String(a.predicted) < String(b.predicted) ? -1 : 1));
}

function coarse(fine: Fine): ScoreHistogram["series"] {
  const series = [...fine].map(([truth, rows]) => {
    const counts = Array<number>(BUCKETS).fill(0);
    for (const [i, count] of rows.entries()) counts[Math.floor((i * BUCKETS) / FINE_BUCKETS)]! += count;
    return { truth, counts };
  });
  return series.sort((a, b) => (a.truth ?? Number.POSITIVE_INFINITY) - (b.truth ?? Number.POSITIVE_INFINITY));
}

/** The probability that a row of truth 1 scores above one of truth 0 (Mann-Whitney U). */
function areaUnderCurve(fine: Fine): number | undefined {
  const positives = fine.get(1);
  const negatives = fine.get(0);
  if (!positives || !negatives || [...fine.keys()].some((truth) => truth !== undefined && truth !== 0 && truth !== 1)) {
    return undefined;
  }
  let below = 0;
  let wins = 0;
  let total = 0;
  for (const [i, negative] of negatives.entries()) {
    const positive = positives[i]!;
    wins += positive * (below + negative / 2);
    below += negative;
    total += positive;
  }
  return wins / (total * below);
}
