import type { PredictionValue } from "../../shared/ports";
import type { Deployment } from "../deployment";

export interface Comparison {
  /** Predictions that both have. */
  compared: number;
  /** Of them, those with at least one different field. */
  different: number;
  onlyNew: number;
  /** Only in the old one: outside the time that was replayed, or dead-lettered now. */
  onlyOld: number;
  fields: Record<string, FieldDifference>;
}

export interface FieldDifference {
  different: number;
  /** Largest difference of two numbers; null where the field has none. */
  largest: number | null;
}

/** Looks up each new prediction among the old ones. */
export async function compare(old: Deployment, fresh: Deployment): Promise<Comparison> {
  const result: Comparison = { compared: 0, different: 0, onlyNew: 0, onlyOld: 0, fields: {} };
  for await (const row of fresh.store.query({ limit: Number.MAX_SAFE_INTEGER })) {
    const before = await old.store.read(row.key, row.id);
    if (!before) {
      result.onlyNew++;
      continue;
    }
    result.compared++;
    const names = Object.keys({ ...before.prediction, ...row.prediction });
    const changed = names.filter((name) => note(result.fields, name, before.prediction[name], row.prediction[name]));
    if (changed.length > 0) result.different++;
  }
  result.onlyOld = (await old.countPredictions()) - result.compared;
  return result;
}

/** Counts a difference. Returns whether there is one. */
function note(
  fields: Comparison["fields"],
  name: string,
  before: PredictionValue | undefined,
  after: PredictionValue | undefined,
): boolean {
  fields[name] ??= { different: 0, largest: null };
  const field = fields[name];
  if (typeof before === "number" && typeof after === "number")
    field.largest = Math.max(field.largest ?? 0, Math.abs(after - before));
  if (before === after) return false;
  field.different++;
  return true;
}
