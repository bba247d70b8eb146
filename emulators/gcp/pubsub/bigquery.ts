import type { Refusal } from "./export";
import type { Lease } from "./leases";
import type { Message } from "./message";
import type { BigQueryConfig } from "./resources";

export interface BigQueryWriterOptions {
  /** URL of BigQuery, as far as `/projects`. */
  endpoint: string;
  /** Name of the subscription. */
  subscription: string;
  config: BigQueryConfig;
}

/** Well below what one request of BigQuery takes (50,000 rows, 10 MB), since JSON may make the data larger. */
export const BIGQUERY_LIMITS = { messages: 500, bytes: 4_000_000, ms: 0 };

const NO_ROW = "The data is not a JSON object.";

interface InsertErrors {
  insertErrors?: { index: number; errors: { reason: string; message?: string }[] }[];
}

/**
 * Inserts each message as a row. Rows that BigQuery refuses, and messages that are no row, are not taken; rejects if
 * BigQuery does not answer as it should. Rows are not deduplicated: the service delivers at least once.
 */
export function bigQueryWriter({ endpoint, subscription, config }: BigQueryWriterOptions) {
  const [project = "", dataset = "", table = ""] = config.table.split(/[.:]/).map(encodeURIComponent);
  const url = `${endpoint}/projects/${project}/datasets/${dataset}/tables/${table}/insertAll`;

  return async (leases: readonly Lease[], signal: AbortSignal): Promise<readonly Refusal[]> => {
    const rows = leases.map(({ message }) => rowOf(message, subscription, config));
    const sent = leases.filter((_, i) => rows[i] !== undefined);
    const refused = leases.filter((_, i) => rows[i] === undefined).map((lease) => ({ lease, error: NO_ROW }));
    if (sent.length === 0) return refused;
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        skipInvalidRows: true,
        ignoreUnknownValues: config.dropUnknownFields ?? false,
        rows: rows.flatMap((json) => (json === undefined ? [] : [{ json }])),
      }),
      signal,
    });
    const answer = (await response.json()) as InsertErrors;
    if (!response.ok) throw new Error(`BigQuery answered ${response.status}`);
    for (const { index, errors } of answer.insertErrors ?? []) {
      const lease = sent[index];
      if (lease !== undefined) refused.push({ lease, error: errors[0]?.message ?? "invalid" });
    }
    return refused;
  };
}

/** https://cloud.google.com/pubsub/docs/bigquery#properties_subscription; undefined: the data is no JSON object. */
function rowOf(message: Message, subscription: string, config: BigQueryConfig): object | undefined {
  const data = config.useTableSchema ? parseObject(message.data) : { data: message.data.toString() };
  if (data === undefined || !config.writeMetadata) return data;
  const { id, publishedAt, attributes, orderingKey } = message;
  const all = orderingKey === "" ? attributes : { ...attributes, ordering_key: orderingKey };
  return {
    ...data,
    subscription_name: subscription,
    message_id: id,
    publish_time: new Date(publishedAt).toISOString(),
    attributes: JSON.stringify(all),
  };
}

function parseObject(data: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
