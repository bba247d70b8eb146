/**
 * How Event Hubs and the Functions host hand messages to the function: what a stack sets unless it is told otherwise, and
 * what the emulated run sets too.
 */

/** The function's name in its app. */
export const FUNCTION = "process";

/** What the function's log says once it is ready, and how it begins to say why it is not. */
export const READY = "ready: the function takes batches";
export const CANNOT_START = "error: the function cannot start";

/** Our own, never `$Default`: two readers of one group take each other's partitions away. */
export const CONSUMER_GROUP = "sluice";

/** What the app settings of the hub's connection begin with: `<CONNECTION>__fullyQualifiedNamespace` and so on. */
export const CONNECTION = "SLUICE_EVENT_HUBS";

/**
 * Attempts are counted by the function, not by the host: when the host's own count is used up it goes on, and what was not
 * stored is lost. So the host tries for ever, and the function dead-letters what is left at its last attempt.
 */
export const RETRY = {
  /** After the first attempt. With the pauses below, a service may be out for five minutes. */
  retries: 5,
  /** The host rounds intervals to whole seconds. */
  minBackoffSeconds: 10,
  maxBackoffSeconds: 300,
} as const;

export const HOST = {
  /** Messages per invocation, all of one partition. */
  maxEventBatchSize: 100,
  /** Messages that the host reads ahead per partition. */
  prefetchCount: 300,
  /** The versions of the host's extensions that the platform may choose from. */
  extensionBundle: "[4.0.0, 5.0.0)",
  /** A checkpoint after every batch: with fewer, more comes again after a crash, and scaling sees a backlog that is none. */
  batchCheckpointFrequency: 1,
} as const;

/** The least that every region takes; it has one whole CPU. */
export const MEMORY_MB = { "in-process": 2_048, endpoint: 2_048 } as const;

/** The host ends a process in which a batch takes longer, with all other batches in it. */
export const TIMEOUT_SECONDS = 60;

export interface HostOptions {
  /** Default `HOST.maxEventBatchSize`. */
  maxEventBatchSize?: number | undefined;
  /** Default `HOST.prefetchCount`. */
  prefetchCount?: number | undefined;
  /** Waiting messages per instance, above which the app gets more instances. Default: the host's own, the batch size. */
  targetUnprocessedEvents?: number | undefined;
  /** Default `TIMEOUT_SECONDS`. */
  timeoutSeconds?: number | undefined;
}

/** The text of the package's host.json: https://learn.microsoft.com/azure/azure-functions/functions-host-json */
export function hostJson(options: HostOptions = {}): string {
  const { maxEventBatchSize = HOST.maxEventBatchSize, prefetchCount = HOST.prefetchCount } = options;
  const host = {
    version: "2.0",
    functionTimeout: timeSpan(options.timeoutSeconds ?? TIMEOUT_SECONDS),
    extensionBundle: { id: "Microsoft.Azure.Functions.ExtensionBundle", version: HOST.extensionBundle },
    extensions: {
      eventHubs: {
        maxEventBatchSize,
        prefetchCount,
        targetUnprocessedEventThreshold: options.targetUnprocessedEvents,
        batchCheckpointFrequency: HOST.batchCheckpointFrequency,
        initialOffsetOptions: { type: "fromStart" },
      },
    },
    logging: {
      // The host's own lines, several per batch, cost more than they say. Ours come from the console.
      logLevel: { default: "Warning", "Host.Results": "Information", "Host.Function.Console": "Information" },
      applicationInsights: {
        // What is sampled cannot be counted: neither our line per batch nor a failure is left out.
        samplingSettings: { isEnabled: true, maxTelemetryItemsPerSecond: 5, excludedTypes: "Exception;Trace" },
      },
    },
  };
  return `${JSON.stringify(host, undefined, 2)}\n`;
}

/** As .NET writes it. */
function timeSpan(seconds: number): string {
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
