import type { LoadedPipeline } from "../../adapters/pipeline-file";
import type { StackOutputs } from "../../adapters/stack-outputs";
import { ConfigError } from "../../shared/errors";
import type { Telemetry } from "../../shared/telemetry";
import type { Deployment } from "../deployment";

export const CLOUDS = ["aws", "gcp", "azure"] as const;

export type Cloud = (typeof CLOUDS)[number];

export const INFERENCE_MODES = ["in-process", "endpoint"] as const;

export type InferenceMode = (typeof INFERENCE_MODES)[number];

export interface EmulatedOptions {
  loaded: LoadedPipeline;
  /** Function instances that may run at once. */
  workers: number;
  /** Where the model runs: in the function, or behind the cloud's endpoint. */
  inference: InferenceMode;
  /** Hears what the deployed function says about its batches. */
  telemetry: Telemetry;
  /** For people: what goes on while it starts, and what the function complains about. */
  note(text: string): void;
}

/** A cloud's services on this machine, with the pipeline deployed on them: the function as it is uploaded, and the real SDKs. */
export interface EmulatedCloud {
  readonly deployment: Deployment;
  /** What the stack would put out. */
  readonly outputs: StackOutputs;
  /** Variables that lead an SDK to these services. */
  readonly environment: Readonly<Record<string, string>>;
  /** Hash of the model's content. */
  readonly modelVersion: string;
  readonly workers: number;
  /** Of the stream. */
  readonly partitions: number;
  /** Once the function has acknowledged everything that is in the stream. Rejects if the function cannot run. */
  drained(signal: AbortSignal): Promise<void>;
  /** Writes the raw events that are in the stream now to the archive. */
  archived(): Promise<void>;
  /** Actions that have arrived, each id once. */
  countActions(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a cloud's services and deploys the pipeline on them. */
export async function startEmulated(cloud: Cloud, options: EmulatedOptions): Promise<EmulatedCloud> {
  switch (cloud) {
    case "aws":
      return (await import("./aws")).startAws(options);
    case "gcp":
      return (await import("./gcp")).startGcp(options);
    case "azure":
      return (await import("./azure")).startAzure(options);
    default:
      throw new ConfigError(`there is no ${JSON.stringify(cloud)}.`, "option `--cloud`", `Use ${CLOUDS.join(", ")}.`);
  }
}
