import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { SluiceError } from "../../shared/errors";
import type { Action, Actions, CallOptions, ItemFailure } from "../../shared/ports";
import { type ClientOptions, clientConfig, lazyClient } from "./client";
import { awsError, cancelled } from "./errors";

export interface AwsActionsOptions extends ClientOptions {
  /** Name or ARN of the event bus. */
  bus: string;
  /** The pipeline's name: second part of the events' source. */
  pipeline: string;
  /** First part of the events' source. Default `sluice`, so that rules match `sluice.<pipeline>`. */
  source?: string | undefined;
  /** Requests at once. Default 4. */
  parallel?: number | undefined;
  /** Used instead of one of our own, and left open by `close`. */
  client?: EventBridgeClient | undefined;
}

export interface AwsActions extends Actions {
  /** Made at its first use. */
  readonly client: EventBridgeClient;
}

/** One entry of a request: its action's index in the call. */
interface Indexed {
  index: number;
  entry: PutEventsRequestEntry;
  bytes: number;
}

/**
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html. The bus itself now takes entries up to 1 MB,
 * but most of its targets (SQS and SNS at their default, Lambda's queue of events) end at 256 KiB and would lose the rest.
 */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;
/** How the service counts an entry's time. */
const TIME_BYTES = 14;

const PLACE = { stage: "actions", adapter: "aws/actions" } as const;

/**
 * Publishes actions to an EventBridge bus: source `sluice.<pipeline>`, detail type the action's name, detail the action as
 * JSON, time the event's. An action that is too large fails alone as `store-rejected`. The bus keeps no order.
 */
export function awsActions(options: AwsActionsOptions): AwsActions {
  const { bus, pipeline, source = "sluice", parallel = 4 } = options;
  const client = lazyClient(options.client, () => new EventBridgeClient(clientConfig(options)));
  const place = { ...PLACE, coordinates: { bus } };

  return {
    get client() {
      return client.get();
    },
    publish: async (actions, { signal } = {}) => {
      if (signal?.aborted) throw cancelled(PLACE);
      const failures: ItemFailure[] = [];
      const requests = split(actions, (action) => entryOf(action, `${source}.${pipeline}`, bus), failures);
      let next = 0;
      const worker = async () => {
        while (next < requests.length) failures.push(...(await put(requests[next++]!, { signal })));
      };
      await Promise.all(Array.from({ length: Math.min(parallel, requests.length) }, worker));
      return failures.sort((a, b) => a.index - b.index);
    },
    close: client.close,
  };

  /** One request, and what of it is not out. Of a request that is refused as a whole, each entry goes by itself: one of them is to blame. */
  async function put(request: readonly Indexed[], { signal }: CallOptions): Promise<ItemFailure[]> {
    try {
      const command = new PutEventsCommand({ Entries: request.map(({ entry }) => entry) });
      const { Entries: results = [] } = await client.get().send(command, signal && { abortSignal: signal });
      return request.flatMap(({ index }, i) => {
        const { EventId, ErrorCode: name = "InternalFailure", ErrorMessage: message } = results[i] ?? {};
        return EventId === undefined ? [{ index, error: awsError({ name, message }, place) }] : [];
      });
    } catch (thrown) {
      const error = awsError(thrown, place);
      if (error.retryable || request.length === 1) return request.map(({ index }) => ({ index, error }));
      const failures: ItemFailure[] = [];
      for (const alone of request) failures.push(...(await put([alone], { signal })));
      return failures;
    }
  }
}

function entryOf(action: Action, source: string, bus: string): PutEventsRequestEntry {
  return {
    EventBusName: bus,
    Source: source,
    DetailType: action.name,
    Detail: JSON.stringify(action),
    Time: new Date(action.time),
  };
}

/** Actions as requests within the limits; what is too large for any is a failure. */
function split(
  actions: readonly Action[],
  toEntry: (action: Action) => PutEventsRequestEntry,
  failures: ItemFailure[],
): Indexed[][] {
  const requests: Indexed[][] = [];
  let held: Indexed[] = [];
  let heldBytes = 0;
  for (const [index, action] of actions.entries()) {
    const entry = toEntry(action);
    const bytes = sizeOf(entry);
    if (bytes >= MAX_BYTES) {
      failures.push({ index, error: tooLarge() });
      continue;
    }
    if (held.length === 0 || held.length === MAX_ENTRIES || heldBytes + bytes >= MAX_BYTES) {
      held = [];
      heldBytes = 0;
      requests.push(held);
    }
    held.push({ index, entry, bytes });
    heldBytes += bytes;
  }
  return requests;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
function sizeOf({ Source = "", DetailType = "", Detail = "" }: PutEventsRequestEntry): number {
  return TIME_BYTES + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
}

function tooLarge(): SluiceError {
  return new SluiceError("store-rejected", "actions", `The action is longer than ${MAX_BYTES} bytes.`, {
    adapter: PLACE.adapter,
  });
}
