import type { RowBatch } from "../../../shared/ports";
import type { TopicMessage } from "../publish";
import { publishAttempted, type Topic } from "./publish";
import type { Fail } from "./write";

/** A column of the table behind a BigQuery subscription with `useTableSchema`. */
export interface ResultColumn {
  name: keyof Row;
  type: "STRING" | "TIMESTAMP" | "FLOAT64" | "JSON";
  mode: "REQUIRED" | "NULLABLE";
}

/** Marks a message of the results topic, so that it is told from an event where the platform gives both up to one topic. */
export const RESULT = { sluice: "result" } as const;

/** Partition by `stored_at`: an event's own time can be anything, and BigQuery takes no row of a distant partition. */
export const RESULT_COLUMNS: readonly ResultColumn[] = [
  { name: "event_id", type: "STRING", mode: "REQUIRED" },
  { name: "event_key", type: "STRING", mode: "REQUIRED" },
  { name: "event_time", type: "TIMESTAMP", mode: "NULLABLE" },
  { name: "prediction", type: "JSON", mode: "REQUIRED" },
  { name: "truth", type: "FLOAT64", mode: "NULLABLE" },
  { name: "model_version", type: "STRING", mode: "REQUIRED" },
  { name: "pipeline_version", type: "STRING", mode: "REQUIRED" },
  { name: "stored_at", type: "TIMESTAMP", mode: "REQUIRED" },
];

interface Row {
  event_id: string;
  event_key: string;
  /** RFC 3339; null beyond BigQuery's years 1 to 9999. */
  event_time: string | null;
  /** JSON text, which a JSON column takes. */
  prediction: string;
  truth: number | null;
  model_version: string;
  pipeline_version: string;
  stored_at: string;
}

const YEAR_1_MS = -62_135_596_800_000;
const YEAR_10000_MS = 253_402_300_800_000;

/** Publishes a message per row and tells which are not out. Rows may come again: a table drops repeats by `event_id`. */
export async function publishResults(
  topic: Topic,
  rows: RowBatch,
  chosen: readonly number[],
  storedAt: number,
  fail: Fail,
): Promise<void> {
  const messages = chosen.map((row) => messageOf(rows, row, storedAt));
  for (const { index, error } of await publishAttempted(topic, messages)) fail(chosen[index]!, error);
}

function messageOf(rows: RowBatch, row: number, storedAt: number): TopicMessage {
  const result: Row = {
    event_id: rows.ids[row]!,
    event_key: rows.keys[row]!,
    event_time: timestamp(rows.times[row]!),
    // BigQuery's JSON has no lone surrogates.
    prediction: JSON.stringify(rows.predictions[row], (_, value) =>
      typeof value === "string" ? value.toWellFormed() : value,
    ),
    truth: rows.truths?.[row] ?? null,
    model_version: rows.modelVersion,
    pipeline_version: rows.pipelineVersion,
    stored_at: new Date(storedAt).toISOString(),
  };
  return { data: JSON.stringify(result), attributes: RESULT };
}

function timestamp(time: number): string | null {
  return time >= YEAR_1_MS && time < YEAR_10000_MS ? new Date(time).toISOString() : null;
}
