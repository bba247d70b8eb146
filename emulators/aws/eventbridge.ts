import { type Listener, type ListenOptions, listen, readBody } from "../listen";
import { type EntryError, entryError, readEntries } from "./eventbridge/validation";

/** What a caller sends. */
export interface EventEntry {
  EventBusName?: string;
  Source?: string;
  DetailType?: string;
  Detail?: string;
  /** Seconds since 1970. */
  Time?: number;
  Resources?: string[];
}

/** An event in the form in which rules and targets see it. */
export interface BusEvent {
  id: string;
  source: string;
  "detail-type": string;
  /** ISO 8601, seconds. */
  time: string;
  resources: readonly string[];
  detail: Record<string, unknown>;
}

/**
 * PutEvents of EventBridge, in memory, with its limits: 1 to 10 entries, 1 MB altogether, the required fields, a detail that
 * is a JSON object. An entry for a bus that is not there fails; the service itself takes it and drops it.
 */
export interface EventBridgeEmulator extends Listener {
  /** The bus `default` is always there. */
  createBus(name: string): void;
  /** All events of a bus, in the order in which they came. */
  events(bus: string): readonly BusEvent[];
}

export interface EventBridgeOptions extends ListenOptions {
  /** For events without a time of their own. Default: the machine's. */
  clock?: { now(): number } | undefined;
}

export async function openEventBridge({
  clock = Date,
  ...options
}: EventBridgeOptions = {}): Promise<EventBridgeEmulator> {
  const buses = new Map<string, BusEvent[]>([["default", []]]);
  let count = 0;

  const put = (entry: EventEntry): EntryError | { EventId: string } => {
    // An ARN ends with the name.
    const bus = buses.get((entry.EventBusName ?? "default").split("/").at(-1) ?? "");
    const error = entryError(entry, bus !== undefined);
    if (error !== undefined) return error;
    const id = `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`;
    bus?.push(eventOf(entry, id, clock.now()));
    return { EventId: id };
  };

  const listener = await listen(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    const answer = (status: number, output: object) =>
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(output));
    if (request.headers["x-amz-target"] !== "AWSEvents.PutEvents") {
      answer(400, { __type: "UnknownOperationException" });
      return;
    }
    const entries = readEntries(body);
    if (!Array.isArray(entries)) {
      answer(400, entries);
      return;
    }
    const results = entries.map(put);
    answer(200, { FailedEntryCount: results.filter((result) => "ErrorCode" in result).length, Entries: results });
  }, options);

  return {
    ...listener,
    createBus: (name) => {
      if (!buses.has(name)) buses.set(name, []);
    },
    events: (bus) => buses.get(bus) ?? [],
  };
}

function eventOf(entry: EventEntry, id: string, now: number): BusEvent {
  const time = new Date(entry.Time === undefined ? now : entry.Time * 1000);
  return {
    id,
    source: entry.Source ?? "",
    "detail-type": entry.DetailType ?? "",
    time: time.toISOString().replace(/\.\d+Z$/, "Z"),
    resources: entry.Resources ?? [],
    detail: JSON.parse(entry.Detail ?? ""),
  };
}
