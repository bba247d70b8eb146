import Table from "cli-table3";
import { shown } from "../../adapters/shown";
import { isOnlyDatabase } from "../database";
import { count, counted, duration, fraction, moment, percent, rate } from "../format";
import { commandName, quoted } from "../options";
import type { Colors, Terminal } from "../terminal";
import type { RunSummary } from "./summary";
import { LATENCY_NAMES, type LatencyName } from "./tally";

export const LATENCY_LABELS: Record<LatencyName, string> = {
  decode: "decode",
  infer: "infer",
  store: "store",
  actions: "actions",
  deadletter: "dead letter",
  endToEnd: "end to end",
};

/** The summary for people: counts, latency, quality, where everything is, what to try next. */
export function showSummary(
  summary: RunSummary,
  terminal: Terminal,
  options: { pipelineFile: string | undefined },
): void {
  const { colors, print } = terminal;
  print();
  print(headline(summary, colors));
  print();
  print(indent(counts(summary, colors)));
  print(indent(latency(summary, colors)));
  if (summary.quality) print(indent(quality(summary.quality, colors)));
  if (summary.platform !== "local") print(`  ${colors.dim("platform")}  ${summary.platform}`);
  print(`  ${colors.dim("database")}  ${shown(summary.database)}`);
  if (summary.report)
    print(`  ${colors.dim("report")}    ${shown(summary.report)}  ${colors.dim("(open it in a browser)")}`);
  print();
  print(`  ${colors.dim("next")}`);
  for (const [command, what] of nextCommands(summary, options.pipelineFile))
    print(`    ${command}  ${colors.dim(what)}`);
  print();
}

function headline(summary: RunSummary, colors: Colors): string {
  const name = colors.bold(summary.pipeline);
  if (summary.alreadyFinished)
    return `${name}  ${counted(summary.accepted, "event")}, processed ${moment(Date.parse(summary.finishedAt))}`;
  const how = `${duration(summary.elapsedMs)} (${rate(summary.throughput)})`;
  return `${name}  ${counted(summary.processed, "event")} in ${how}`;
}

function counts(summary: RunSummary, colors: Colors): string {
  const { deadLettered, conservation } = summary;
  const table = plain(["left", "right"]);
  table.push(["events in", count(summary.accepted)]);
  if (summary.alreadyAccepted > 0 && !summary.alreadyFinished)
    table.push([colors.dim("  sent by an earlier attempt"), colors.dim(count(summary.alreadyAccepted))]);
  table.push(["stored", colors.green(count(summary.stored))]);
  table.push(["duplicates", count(summary.duplicates)]);
  table.push(["dead letters", deadLettered.total > 0 ? colors.yellow(count(deadLettered.total)) : "0"]);
  for (const [code, number] of Object.entries(deadLettered.byReason))
    table.push([colors.dim(`  ${code}`), colors.dim(count(number))]);
  if (summary.remaining > 0) table.push(["not processed yet", colors.yellow(count(summary.remaining))]);
  if (summary.actions > 0) table.push(["alerts raised", count(summary.actions)]);
  table.push(["none lost", verdict(conservation, colors)]);
  return table.toString();
}

function verdict({ holds, method, missing }: RunSummary["conservation"], colors: Colors): string {
  if (!holds) return colors.red(`NO: ${counted(missing, "event")} missing`);
  if (method === "open") return colors.dim("so far");
  return colors.green(method === "audited" ? "yes, each looked up" : "yes");
}

function latency(summary: RunSummary, colors: Colors): string {
  const table = plain(["left", "right", "right", "right"]);
  table.push(["latency", "p50", "p95", "p99"].map((text) => colors.dim(text)));
  for (const name of LATENCY_NAMES) {
    const quantiles = summary.latency[name];
    if (quantiles) table.push([LATENCY_LABELS[name], ...[quantiles.p50, quantiles.p95, quantiles.p99].map(duration)]);
  }
  return table.toString();
}

function quality(report: NonNullable<RunSummary["quality"]>, colors: Colors): string {
  const table = plain(["left", "right"]);
  if (report.labelled === 0) {
    table.push(["model quality", colors.dim("no event carried the truth")]);
    return table.toString();
  }
  table.push([colors.dim("model quality"), colors.dim(`${count(report.labelled)} labelled`)]);
  const rows: [string, number | null, (value: number) => string][] = [
    ["accuracy", report.accuracy, (value) => (value > 0.99 ? `${(value * 100).toFixed(2)} %` : percent(value))],
    ["precision", report.precision, percent],
    ["recall", report.recall, percent],
    ["ROC AUC", report.rocAuc, fraction],
  ];
  for (const [name, value, format] of rows) if (value !== null) table.push([name, format(value)]);
  return table.toString();
}

function nextCommands(summary: RunSummary, pipelineFile: string | undefined): [string, string][] {
  const name = commandName();
  const where = isOnlyDatabase(summary.database) ? "" : ` --database ${quoted(shown(summary.database))}`;
  const commands: [string, string][] = [[`${name} predictions --newest${where}`, "what was stored"]];
  if (summary.deadLettered.total > 0) commands.push([`${name} dead-letters list${where}`, "what failed, and why"]);
  if (pipelineFile === undefined) commands.push([`${name} init my-pipeline`, "a pipeline of your own"]);
  const width = Math.max(...commands.map(([command]) => command.length));
  return commands.map(([command, what]) => [command.padEnd(width), what]);
}

type Align = "left" | "right";

/** A table without lines: the columns are enough. */
function plain(aligns: Align[]): Table.Table {
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "   ",
  };
  return new Table({
    chars: none,
    colAligns: aligns,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
}

function indent(text: string): string {
  return `${text.replace(/^/gm, "  ").replace(/ +$/gm, "")}\n`;
}
