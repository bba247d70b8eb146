import { ConfigError } from "../../shared/errors";
import type { ModelInfo } from "../../shared/ports";
import type { OpenWorkerOptions } from "../open-worker";
import type { TallyDump } from "./tally";

/** Set in the environment of worker processes, which nobody else is to start. */
export const WORKER_MARK = "SLUICE_WORKER";

/** What a worker process is told. */
export type ToWorker =
  | { type: "start"; options: WorkerStart }
  /** Nothing more will be appended: end when everything is processed. */
  | { type: "finish" }
  /** End after the current batch. */
  | { type: "stop" };

/** What a worker needs, as far as it can be sent. */
export type WorkerStart = Omit<OpenWorkerOptions, "telemetry">;

/** What it says. */
export type FromWorker =
  | { type: "ready"; model: ModelInfo }
  | { type: "tally"; tally: TallyDump }
  | { type: "ended"; leasesLost: number }
  | { type: "failed"; error: SentError };

/** An error in a form that survives the way. */
export interface SentError {
  message: string;
  stack: string | undefined;
  config: { what: string; where: string; fix: string } | undefined;
}

export function sentError(thrown: unknown): SentError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const config =
    thrown instanceof ConfigError ? { what: thrown.what, where: thrown.where, fix: thrown.fix } : undefined;
  return { message: error.message, stack: error.stack, config };
}

export function receivedError({ message, stack, config }: SentError): Error {
  if (config) return new ConfigError(config.what, config.where, config.fix);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
