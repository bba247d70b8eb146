import { count, duration, moment, rate } from "../format";
import type { Sample } from "../run/samples";
import type { RunSummary } from "../run/summary";
import { chartData } from "./data";
import { type Html, html, scriptData, trusted } from "./html";
import { qualitySection } from "./quality";

export interface PageParts {
  summary: RunSummary;
  samples: readonly Sample[];
  style: string;
  /** Draws the charts. */
  script: string;
  /** Chart.js for browsers. */
  library: string;
}

export function page({ summary, samples, style, script, library }: PageParts): Html {
  const data = chartData(summary, samples);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${summary.pipeline} · Sluice run</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
${header(summary)}
${cards(summary)}
${guarantee(summary)}
<section class="charts">
${figure("throughput", "Throughput", "events per second, and events accepted but not processed yet")}
${figure("latency", "Latency by stage", "milliseconds an event spends there, together with its batch; logarithmic")}
${data.scores ? figure("scores", "Scores", "predictions by score; logarithmic") : null}
${data.deadLetters.reasons.length > 0 ? figure("deadLetters", "Dead letters", "events by reason") : null}
</section>
${summary.quality ? qualitySection(summary.quality) : null}
${footer(summary)}
</main>
<script type="application/json" id="data">${scriptData(data)}</script>
<script>${trusted(library)}</script>
<script>${trusted(script)}</script>
</body>
</html>
`;
}

function header(summary: RunSummary): Html {
  return html`<header>
<p class="brand">Sluice run</p>
<h1>${summary.pipeline}</h1>
<p class="meta">${summary.source} · ${moment(Date.parse(summary.finishedAt))} · pipeline version ${summary.pipelineVersion} · model ${summary.modelVersion}</p>
</header>`;
}

function cards(summary: RunSummary): Html {
  const { latency, deadLettered } = summary;
  const card = (value: string, label: string, note?: string) =>
    html`<div class="card"><strong>${value}</strong><span>${label}</span>${note ? html`<small>${note}</small>` : null}</div>`;
  return html`<section class="cards">
${card(count(summary.accepted), "events in", "all durable")}
${card(count(summary.stored), "stored", summary.actions > 0 ? `${count(summary.actions)} alerts raised` : "predictions")}
${card(count(summary.duplicates), "duplicates", "stored once")}
${card(count(deadLettered.total), "dead letters", "kept with their bytes")}
${card(rate(summary.throughput), "throughput", `${duration(summary.elapsedMs)}, ${summary.workers === 1 ? "1 worker" : `${summary.workers} workers`}`)}
${latency.endToEnd ? card(duration(latency.endToEnd.p99), "end to end, p99", `p50 ${duration(latency.endToEnd.p50)}`) : null}
</section>`;
}

/** The promise that nothing is lost, as the sum it is. */
function guarantee({ accepted, stored, duplicates, deadLettered, remaining, conservation }: RunSummary): Html {
  const { holds, method, missing } = conservation;
  const sum = `${count(accepted)} accepted = ${count(stored)} stored + ${count(duplicates)} duplicates + ${count(deadLettered.total)} dead letters`;
  const how = {
    counted: "The workers counted each event once, and the database agrees.",
    audited: "There was an interruption, so each event of the log was looked up in the database.",
    open: "The run was interrupted; the same command goes on.",
  }[method];
  const state = !holds ? "bad" : method === "open" ? "open" : "good";
  const verdict = !holds ? `${count(missing)} events are missing` : method === "open" ? "Not finished" : "Nothing lost";
  return html`<section class="guarantee ${state}"><strong>${verdict}</strong><span>${sum}${remaining > 0 ? ` + ${count(remaining)} not processed yet` : ""}</span><small>${how}</small></section>`;
}

function figure(id: string, title: string, note: string): Html {
  return html`<figure><figcaption><strong>${title}</strong><span>${note}</span></figcaption><div class="plot"><canvas id="${id}" role="img" aria-label="${title}: ${note}"></canvas></div></figure>`;
}

function footer(summary: RunSummary): Html {
  return html`<footer>
<dl>
<dt>Database</dt><dd><code>${summary.database}</code></dd>
<dt>Partitions</dt><dd>${summary.partitions}</dd>
<dt>First started</dt><dd>${moment(Date.parse(summary.startedAt))}</dd>
</dl>
</footer>`;
}
