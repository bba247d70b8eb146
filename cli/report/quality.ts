import { count, fraction, percent } from "../format";
import type { QualityReport } from "../run/quality";
import { type Html, html } from "./html";

/** A larger confusion matrix says less than its numbers. */
const MOST_CLASSES = 12;

export function qualitySection(quality: QualityReport): Html {
  const rows: [string, number | null, (value: number) => string, string][] = [
    ["Accuracy", quality.accuracy, percent, "predictions that equal the truth"],
    ["Precision", quality.precision, percent, "of those predicted positive, the share that is"],
    ["Recall", quality.recall, percent, "of the positive ones, the share that was found"],
    ["F1", quality.f1, fraction, "harmonic mean of precision and recall"],
    ["ROC AUC", quality.rocAuc, fraction, "chance that a positive one scores higher than a negative one"],
  ];
  const measured = rows.filter((row): row is [string, number, (value: number) => string, string] => row[1] !== null);
  return html`<section class="quality">
<h2>Model quality</h2>
<p class="meta">${quality.labelled === 0 ? "No event carried the truth." : `${count(quality.labelled)} predictions whose event carried the truth.`}</p>
<div class="columns">
${measured.length > 0 ? html`<table><tbody>${measured.map(([name, value, format, what]) => html`<tr><th scope="row">${name}</th><td class="number">${format(value)}</td><td class="what">${what}</td></tr>`)}</tbody></table>` : null}
${confusion(quality)}
</div>
</section>`;
}

function confusion({ confusion: cells }: QualityReport): Html | null {
  if (!cells || cells.length === 0) return null;
  const truths = [...new Set(cells.map(({ truth }) => truth))].sort((a, b) => a - b);
  const predictions = [...new Set(cells.map(({ predicted }) => predicted))].sort();
  if (truths.length > MOST_CLASSES || predictions.length > MOST_CLASSES) return null;
  const cell = (truth: number, predicted: string | number | null) =>
    cells.find((one) => one.truth === truth && one.predicted === predicted)?.count ?? 0;
  return html`<table class="confusion">
<thead><tr><th></th>${predictions.map((predicted) => html`<th scope="col">predicted ${String(predicted)}</th>`)}</tr></thead>
<tbody>${truths.map(
    (truth) =>
      html`<tr><th scope="row">truth ${truth}</th>${predictions.map((predicted) => html`<td class="number ${truth === predicted ? "right" : ""}">${count(cell(truth, predicted))}</td>`)}</tr>`,
  )}</tbody>
</table>`;
}
