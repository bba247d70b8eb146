import Table from "cli-table3";
import { Command } from "commander";
import { ConfigError } from "../shared/errors";
import type { PredictionQuery, PredictionValue, StoredPrediction } from "../shared/ports";
import { moment as formatMoment } from "./format";
import { type CommonOptions, common, type DeploymentOptions, limit, moment, onDeployment } from "./options";
import { createTerminal, type Terminal } from "./terminal";

const EXAMPLES = `
Examples:
  $ sluice predictions --newest                            the latest, as a table
  $ sluice predictions --key card-000042 --limit all       one key's, in the order of their time
  $ sluice predictions --id 019b8c7e-1d2f-7a3b-8c4d-5e6f7a8b9c0d
  $ sluice predictions --from 2026-01-05T12:00Z --csv --limit all > predictions.csv
  $ sluice predictions --json --limit all | jq -c 'select(.prediction.flagged)'
  $ sluice predictions --stack aws --key card-000042       of a deployed stack

An id is looked up; everything else reads the whole table, which a cloud bills: on a stack, give --key where you can.`;

interface PredictionsOptions extends CommonOptions, DeploymentOptions {
  id?: string;
  key?: string;
  from?: number;
  to?: number;
  limit: number;
  newest?: boolean;
  csv?: boolean;
  features?: boolean;
}

/** `sluice predictions`: query what was stored. */
export function predictionsCommand(): Command {
  const command = onDeployment(new Command("predictions"), "the only one in .sluice")
    .description("show stored predictions")
    .option("-p, --pipeline <file>", "the pipeline whose they are")
    .option("--id <id>", "of the event")
    .option("--key <key>", "of the event")
    .option("--from <time>", "event time, inclusive", moment)
    .option("--to <time>", "event time, exclusive", moment)
    .option("-n, --limit <number|all>", "how many at most", limit, 20)
    .option("--newest", "newest first")
    .option("--features", "with the features the model saw")
    .option("--csv", "as CSV")
    .addHelpText("after", EXAMPLES)
    .action(predictions);
  return common(command);
}

async function predictions(options: PredictionsOptions): Promise<void> {
  const { withDeployment } = await import("./deployment");
  if (options.csv && options.json)
    throw new ConfigError("there can only be one format.", "options `--csv` and `--json`", "Leave one out.");
  const terminal = createTerminal(options);
  return withDeployment(options, async ({ store }) => {
    const { id, key, from, to, newest } = options;
    const given = Object.entries({ id, key, from, to, newest }).filter(([, value]) => value !== undefined);
    const rows = store.query({ ...Object.fromEntries(given), limit: options.limit } as PredictionQuery);
    if (options.json) await asJson(rows, options, terminal);
    else if (options.csv) await asCsv(rows, options, terminal);
    else await asTable(rows, options, terminal);
  });
}

type Rows = AsyncIterable<StoredPrediction>;

async function asJson(rows: Rows, options: PredictionsOptions, terminal: Terminal): Promise<void> {
  for await (const { features, ...row } of rows) {
    if (terminal.closed) return;
    terminal.data(options.features ? { ...row, features: [...features] } : row);
  }
}

async function asCsv(rows: Rows, options: PredictionsOptions, terminal: Terminal): Promise<void> {
  let names: string[] | undefined;
  for await (const row of rows) {
    if (terminal.closed) return;
    if (!names) {
      names = Object.keys(row.prediction);
      const features = options.features ? [...row.features.keys()].map((index) => `feature${index + 1}`) : [];
      const header = [
        "id",
        "key",
        "time",
        ...names,
        "truth",
        "modelVersion",
        "pipelineVersion",
        "storedAt",
        ...features,
      ];
      terminal.print(header.map(csvField).join(","));
    }
    const { id, key, time, prediction, truth, modelVersion, pipelineVersion, storedAt } = row;
    const values = [
      id,
      key,
      time,
      ...names.map((name) => prediction[name] ?? null),
      truth,
      modelVersion,
      pipelineVersion,
      storedAt,
    ];
    terminal.print([...values, ...(options.features ? row.features : [])].map(csvField).join(","));
  }
}

async function asTable(rows: Rows, { limit }: PredictionsOptions, terminal: Terminal): Promise<void> {
  const { colors } = terminal;
  const kept: StoredPrediction[] = [];
  for await (const row of rows) kept.push(row);
  if (kept.length === 0) return terminal.print("no prediction matches.");
  const names = Object.keys(kept[0]?.prediction ?? {});
  const head = ["id", "key", "time", ...names, "truth"].map((name) => colors.dim(name));
  const table = new Table({
    head,
    style: { head: [], border: colors.dim("x") === "x" ? [] : ["grey"], compact: true },
  });
  for (const { id, key, time, prediction, truth } of kept)
    table.push([id, key, formatMoment(time), ...names.map((name) => shownValue(prediction[name])), shownValue(truth)]);
  terminal.print(table.toString());
  if (kept.length === limit) terminal.print(colors.dim(`the first ${limit}; --limit shows more.`));
}

function shownValue(value: PredictionValue | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "number" && !Number.isInteger(value) ? value.toPrecision(5) : String(value);
}

/** Quoted where RFC 4180 asks for it. */
function csvField(value: PredictionValue): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
