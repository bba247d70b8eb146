import { readFileSync } from "node:fs";
import path from "node:path";
import { HostError } from "./errors";

/** Where a partition without a checkpoint is read from: a time is in milliseconds since 1970. */
export type InitialOffset = "start" | "end" | { after: number };

export interface HostSettings {
  maxEventBatchSize: number;
  minEventBatchSize: number;
  /** How long to wait for the smallest batch; without one, nobody waits. */
  maxWaitMs: number;
  /** Batches per checkpoint. */
  batchCheckpointFrequency: number;
  initialOffset: InitialOffset;
  /** Infinite where host.json says -1. */
  functionTimeoutMs: number;
}

/** Of the Flex Consumption plan: https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout */
const DEFAULT_TIMEOUT = "00:30:00";

interface HostJson {
  functionTimeout?: string;
  extensions?: {
    eventHubs?: {
      maxEventBatchSize?: number;
      minEventBatchSize?: number;
      maxWaitTime?: string;
      batchCheckpointFrequency?: number;
      initialOffsetOptions?: { type?: string; enqueuedTimeUtc?: string };
    };
  };
}

export function readHostJson(directory: string): unknown {
  const file = path.join(directory, "host.json");
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (thrown) {
    throw new HostError(`Unable to read host.json in ${directory}: ${(thrown as Error).message}`);
  }
}

/**
 * What counts of host.json, with the defaults and bounds of version 6 of the Event Hubs extension (EventHubOptions.cs):
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-event-hubs#hostjson-settings
 */
export function resolveHostJson(json: unknown): HostSettings {
  const { functionTimeout = DEFAULT_TIMEOUT, extensions } = json as HostJson;
  const {
    maxEventBatchSize = 100,
    minEventBatchSize = 1,
    maxWaitTime = "00:01:00",
    ...rest
  } = extensions?.eventHubs ?? {};
  const { batchCheckpointFrequency = 1, initialOffsetOptions = {} } = rest;
  atLeastOne("maxEventBatchSize", maxEventBatchSize);
  atLeastOne("minEventBatchSize", minEventBatchSize);
  atLeastOne("batchCheckpointFrequency", batchCheckpointFrequency);
  if (minEventBatchSize > 1 && minEventBatchSize >= maxEventBatchSize) {
    refuse("minEventBatchSize must be less than maxEventBatchSize");
  }
  const maxWaitMs = timeSpan("maxWaitTime", maxWaitTime);
  if (maxWaitMs > 600_000) refuse("maxWaitTime must be at most 10 minutes");
  return {
    maxEventBatchSize,
    minEventBatchSize,
    maxWaitMs,
    batchCheckpointFrequency,
    initialOffset: initialOffset(initialOffsetOptions),
    functionTimeoutMs:
      functionTimeout === "-1" ? Number.POSITIVE_INFINITY : timeSpan("functionTimeout", functionTimeout),
  };
}

function initialOffset({ type = "fromStart", enqueuedTimeUtc = "" }: { type?: string; enqueuedTimeUtc?: string }) {
  if (type === "fromStart") return "start";
  if (type === "fromEnd") return "end";
  const after = Date.parse(enqueuedTimeUtc);
  if (type === "fromEnqueuedTime" && !Number.isNaN(after)) return { after };
  return refuse(`initialOffsetOptions has the type ${type} and the time "${enqueuedTimeUtc}"`);
}

/** Milliseconds of `hh:mm:ss`. */
function timeSpan(name: string, text: string): number {
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d)$/.exec(text) ?? refuse(`${name} must look like hh:mm:ss`);
  return (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
}

function atLeastOne(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) refuse(`${name} must be a whole number from 1`);
}

function refuse(why: string): never {
  throw new HostError(`host.json: ${why}.`);
}
