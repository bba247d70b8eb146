/** What the function says of each batch, as columns: adapters/azure/telemetry.ts. */
const COLUMNS = [
  ...["received", "stored", "deadLettered", "retried"].map((name) => `${name} = toint(line.${name})`),
  ...["endToEndMs", "totalMs", "requestUnits"].map((name) => `${name} = toreal(line.${name})`),
  ...["decode", "infer", "store"].map((name) => `${name} = toreal(line.stages.${name})`),
];

/** A query of Application Insights over the lines about batches: https://learn.microsoft.com/kusto/query/ */
export function batches(...steps: string[]): string {
  return [
    "traces",
    "where message startswith '{'",
    "extend line = parse_json(message)",
    "where line.type == 'batch'",
    `project timestamp, ${COLUMNS.join(", ")}`,
    ...steps,
  ].join(" | ");
}
