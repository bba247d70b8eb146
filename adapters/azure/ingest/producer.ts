import type { EventHubClientOptions, EventHubProducerClient } from "@azure/event-hubs";
import { asBuffer } from "../../../shared/guards";
import type { PublishCall } from "../../ingest/durable";
import { lazy } from "../../lazy";
import { orAborted, within } from "../../rest/within";
import type { AzureCredentials } from "../client";
import type { Hub } from "./hub";

export interface ProducerOptions {
  hub: Hub;
  credentials: AzureCredentials;
  /** Longest wait for one answer, milliseconds. */
  requestTimeoutMs: number;
  /** Used instead of one of our own, and left open by `close`. */
  client: EventHubProducerClient | undefined;
}

/** One hub, through Microsoft's own client. It throws what that throws. */
export interface Producer {
  client(): Promise<EventHubProducerClient>;
  /** In the order in which keys are mapped to them. */
  partitions(call: PublishCall): Promise<readonly string[]>;
  /** One batch of as many of the first messages as it holds: how many are durable now, 0 if not even one fits. */
  send(partition: string, messages: readonly Uint8Array[], call: PublishCall): Promise<number>;
  close(): Promise<void>;
}

export function openProducer({ hub, credentials, requestTimeoutMs, client: given }: ProducerOptions): Producer {
  let made = false;
  const client = lazy(async () => {
    if (given !== undefined) return given;
    made = true;
    // 65 ms of loading that only producers need: when the first event goes out.
    const { EventHubProducerClient } = await import("@azure/event-hubs");
    // The SDK's own repetitions wait 30 s each, also for a missing role; ours know the deadline.
    const options: EventHubClientOptions = { retryOptions: { maxRetries: 0, timeoutInMs: requestTimeoutMs } };
    return hub.emulated
      ? new EventHubProducerClient(emulated(hub.host), hub.name, options)
      : new EventHubProducerClient(hub.host, hub.name, credentials.credential, options);
  });

  return {
    client,
    partitions: (call) => inTime(call, async (abortSignal) => (await client()).getPartitionIds({ abortSignal })),
    send: (partitionId, messages, call) =>
      inTime(call, async (abortSignal) => {
        const producer = await client();
        const batch = await producer.createBatch({ partitionId, abortSignal });
        // Anything but a Buffer would be sent as JSON.
        for (const message of messages) if (!batch.tryAdd({ body: asBuffer(message) })) break;
        if (batch.count > 0) await producer.sendBatch(batch, { abortSignal });
        return batch.count;
      }),
    close: async () => {
      if (made) await (await client()).close();
    },
  };
}

/** The emulator's own form: https://learn.microsoft.com/azure/event-hubs/overview-emulator */
function emulated(host: string): string {
  return `Endpoint=sb://${host};SharedAccessKeyName=emulator;SharedAccessKey=emulator;UseDevelopmentEmulator=true`;
}

/** Not every wait of the SDK heeds the signal: signing in and connecting do not. */
async function inTime<T>({ timeoutMs, signal }: PublishCall, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ended = within(timeoutMs, signal);
  try {
    return await orAborted(work(ended.signal), ended.signal);
  } catch (thrown) {
    // The SDK says AbortError, whoever ended it.
    throw ended.signal.aborted ? ended.signal.reason : thrown;
  } finally {
    ended.dispose();
  }
}
