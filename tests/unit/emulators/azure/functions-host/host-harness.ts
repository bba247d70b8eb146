import type { InvocationContext } from "@azure/functions";
import { type Clock, seededRandom } from "sluice";
import { createHub, type Hub } from "../../../../../emulators/azure/event-hubs/hub";
import {
  type FunctionsHost,
  type FunctionsHostOptions,
  type InProcess,
  openFunctionsHost,
  type RetryPolicy,
} from "../../../../../emulators/azure/functions-host";
import { manualClock } from "../../../../support/manual-clock";
import { opened } from "../../opened";

/** What the function was given once. */
export interface Call {
  texts: string[];
  partition: string;
  retryCount: number | undefined;
  context: InvocationContext;
  /** Counts the worker processes, from 0. */
  process: number;
}

export interface HarnessOptions extends Omit<FunctionsHostOptions, "hub" | "hostJson" | "clock"> {
  /** Default: succeeds. */
  handle?: (call: Call, process: InProcess) => unknown;
  retry?: RetryPolicy;
  partitions?: number;
  /** Of host.json. */
  eventHubs?: Record<string, unknown>;
  clock?: ReturnType<typeof manualClock>;
  hub?: Hub;
  seed?: number;
}

export interface Harness {
  host: FunctionsHost;
  hub: Hub;
  clock: ReturnType<typeof manualClock>;
  calls: Call[];
  /** Appends to one partition, `0` by default. */
  put(texts: readonly string[], partition?: string): void;
}

/** A host on a manual clock with a function in this process; keeps what the function was given. */
export async function hostHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { handle = () => undefined, retry, partitions = 1, eventHubs = {}, seed = 1, ...rest } = options;
  const clock = options.clock ?? manualClock();
  const hub = options.hub ?? hubOf(clock, partitions);
  const calls: Call[] = [];
  let processes = 0;
  const host = await opened(
    openFunctionsHost({
      random: seededRandom(seed),
      // Time that passes by itself would pass this too while a test holds the function up.
      timeoutMs: Number.POSITIVE_INFINITY,
      hostJson: { extensions: { eventHubs } },
      worker: {
        registration: { retry },
        start: (inProcess) => {
          const process = processes++;
          return (messages, context) => {
            const call = callOf(messages as Buffer[], context, process);
            calls.push(call);
            return handle(call, inProcess);
          };
        },
      },
      ...rest,
      hub,
      clock,
    }),
  );
  const put = (texts: readonly string[], partition = "0") =>
    hub.append(
      texts.map((body) => ({ body })),
      partition,
    );
  return { host, hub, clock, calls, put };
}

export function hubOf(clock: Clock, partitions: number): Hub {
  return createHub({ name: "events", partitions }, clock);
}

function callOf(messages: readonly Buffer[], context: InvocationContext, process: number): Call {
  const partitionContext = context.triggerMetadata?.["partitionContext"];
  return {
    texts: messages.map((message) => message.toString()),
    partition: (partitionContext as { partitionId: string }).partitionId,
    retryCount: context.retryContext?.retryCount,
    context,
    process,
  };
}
