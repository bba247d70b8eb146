import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { shown } from "../../adapters/shown";
import { ConfigError } from "../../shared/errors";
import type { Sample } from "../run/samples";
import type { RunSummary } from "../run/summary";
import { page } from "./page";

/** Writes one HTML file that needs nothing else: charts, styles and data are in it. Replaces an older one as a whole. */
export function writeReport(file: string, summary: RunSummary, samples: readonly Sample[]): void {
  const asset = (name: string) => readFileSync(path.join(__dirname, "assets", name), "utf8");
  const { markup } = page({
    summary,
    samples,
    style: asset("style.css"),
    script: asset("charts.js"),
    library: readFileSync(chartLibrary(), "utf8"),
  });
  const partial = `${file}.${process.pid}.partial`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(partial, markup);
    renameSync(partial, file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `it cannot be written (${code}).`,
      `report ${shown(file)}`,
      "Name another file with `--report`, or use `--no-report`.",
      { cause },
    );
  }
}

/** The package exports only its modules, so the browser's file is found beside them. */
function chartLibrary(): string {
  return path.join(path.dirname(require.resolve("chart.js")), "chart.umd.min.js");
}
