import type { Deadline } from "../deadline";
import { type SluiceError, toSluiceError } from "../errors";
import type { ItemFailure, RowBatch, Store, WriteReport } from "../ports";
import { longestWait, pauseBeforeNext, type RetryContext } from "../retry";
import { pick } from "./score";

/** What became of each row: durable, or the error that stopped it. `duplicates` are durable too. */
export interface Persisted {
  duplicates: ReadonlySet<number>;
  /** By row index. A code that is not retryable blames the row. */
  failures: Map<number, SluiceError>;
}

const NONE: ReadonlySet<number> = new Set();

export interface PersistOptions {
  store: Store;
  retry: RetryContext;
  call: (operation: () => Promise<WriteReport>) => Promise<WriteReport>;
  blamesRows: (error: SluiceError) => boolean;
}

/**
 * Writes rows until all are durable, blamed, or out of time. Only what failed is sent again.
 * A write that fails as a whole and blames its rows is repeated row by row, so that one poisonous row harms no neighbor.
 */
export async function persist(rows: RowBatch, options: PersistOptions): Promise<Persisted> {
  const failures = new Map<number, SluiceError>();
  if (rows.count === 0) return { duplicates: NONE, failures };
  let duplicates: Set<number> | undefined;
  let pending: readonly number[] | undefined;

  for (let attempt = 1; ; attempt++) {
    const report = await write(pending ? subset(rows, pending) : rows, options);
    if (report.duplicates.length > 0) duplicates ??= new Set();
    for (const index of report.duplicates) duplicates?.add(pending ? pending[index]! : index);
    if (report.failures.length === 0) break;

    const failed = report.failures.map(({ index, error }) => ({ index: pending ? pending[index]! : index, error }));
    for (const { index, error } of failed) failures.set(index, error);
    const again = failed.filter(({ error }) => error.retryable && !options.blamesRows(error));
    if (again.length === 0 || !(await pauseBeforeNext(longestWait(again), attempt, options.retry))) break;
    for (const { index } of again) failures.delete(index);
    pending = again.map(({ index }) => index);
  }
  return { duplicates: duplicates ?? NONE, failures };
}

/** One write; an error for the whole call becomes an error for each row. */
async function write(rows: RowBatch, options: PersistOptions): Promise<WriteReport> {
  try {
    options.retry.deadline.check("store");
    return await options.call(() => raceStore(rows, options));
  } catch (thrown) {
    const error = toSluiceError(thrown, "store");
    if (rows.count > 1 && options.blamesRows(error)) return oneByOne(rows, options);
    return { duplicates: [], failures: Array.from({ length: rows.count }, (_, index) => ({ index, error })) };
  }
}

function raceStore(rows: RowBatch, { store, retry }: PersistOptions): Promise<WriteReport> {
  const deadline: Deadline = retry.deadline;
  return deadline.race(store.write(rows, { signal: deadline.signal }), "store");
}

async function oneByOne(rows: RowBatch, options: PersistOptions): Promise<WriteReport> {
  const duplicates: number[] = [];
  const failures: ItemFailure[] = [];
  for (let index = 0; index < rows.count; index++) {
    const report = await write(subset(rows, [index]), options);
    if (report.duplicates.length > 0) duplicates.push(index);
    for (const { error } of report.failures) failures.push({ index, error });
  }
  return { duplicates, failures };
}

/** The given rows as a batch of their own. */
export function subset(rows: RowBatch, indices: readonly number[]): RowBatch {
  const take = <T>(column: readonly T[]) => indices.map((index) => column[index]!);
  return {
    ...rows,
    count: indices.length,
    ids: take(rows.ids),
    keys: take(rows.keys),
    times: take(rows.times),
    predictions: take(rows.predictions),
    truths: rows.truths && take(rows.truths),
    features: pick(rows.features, indices),
  };
}
