import path from "node:path";
import type { LoadedPipeline } from "../../adapters/pipeline-file";
import { shown } from "../../adapters/shown";
import { ConfigError } from "../../shared/errors";
import type { Cloud, InferenceMode } from "../cloud/emulated";
import type { EventFormat } from "../events/format";
import { generatedEvents } from "../events/generated";
import { openEvents } from "../events/open";
import type { EventSource } from "../events/source";
import type { CommonOptions } from "../options";

export interface RunOptions extends CommonOptions {
  cloud?: Cloud;
  inference?: InferenceMode;
  pipeline?: string;
  events?: string;
  format: EventFormat | "auto";
  count?: number;
  seed: number;
  database?: string;
  fresh?: boolean;
  workers?: number;
  partitions?: number;
  batch?: number;
  rate?: number;
  model?: string;
  /** False with `--no-report`, true without either. */
  report: string | boolean;
}

export async function openSource(
  options: RunOptions,
  loaded: LoadedPipeline,
  defaultCount: number,
): Promise<EventSource> {
  const { events, format, count, seed } = options;
  if (events !== undefined) {
    if (count !== undefined)
      throw new ConfigError(
        "it is for generated events.",
        "option `--count`",
        "Leave it out, or leave out `--events`.",
      );
    return openEvents({ file: events, format });
  }
  if (loaded.generate) return generatedEvents({ generate: loaded.generate, seed, count: count ?? defaultCount });
  throw new ConfigError(
    "it has no events of its own.",
    `pipeline file ${shown(loaded.file)}`,
    "Name a file with `--events`, or `-` for standard input; or export a function `generate` that makes events.",
  );
}

export function reportFile({ report }: RunOptions, directory: string): string | null {
  if (report === false) return null;
  return typeof report === "string" ? path.resolve(report) : path.join(directory, "report.html");
}
