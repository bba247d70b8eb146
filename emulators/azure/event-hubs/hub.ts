import { type Message, message } from "rhea";
import type { Clock } from "../../../shared/clock";
import { partitionOfKey } from "./partition-key";

export interface HubOptions {
  name: string;
  /** Default 4. */
  partitions?: number | undefined;
  /** Besides `$Default`, which is always there. */
  consumerGroups?: readonly string[] | undefined;
}

/** An event as a partition keeps it. */
export interface HubEvent {
  /** Counts from 0 in each partition. */
  readonly sequenceNumber: number;
  /** Bytes before it in the partition. */
  readonly offset: string;
  /** Milliseconds since 1970. */
  readonly enqueuedAt: number;
  readonly partitionKey: string | undefined;
  /** A body that is no bytes but an AMQP value is here as JSON. */
  readonly body: Buffer;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The whole AMQP message as the producer sent it. */
  readonly message: Message;
}

/** An event to append in process, without a connection. Text is taken as UTF-8. */
export interface Draft {
  body: Uint8Array | string;
  partitionKey?: string | undefined;
  properties?: Readonly<Record<string, unknown>> | undefined;
}

export interface HubCounts {
  events: number;
  /** Of the bodies. */
  bytes: number;
}

/** One event hub: partitions to which events are appended, and from which they can be read for ever. */
export interface Hub {
  readonly name: string;
  readonly partitionIds: readonly string[];
  readonly consumerGroups: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly counts: Readonly<HubCounts>;
  /** Up to `max` events from a sequence number on, in order. */
  read(partition: string, fromSequence: number, max: number): readonly HubEvent[];
  /** Of the newest event; -1 if there is none. */
  lastSequence(partition: string): number;
  /** Without a partition, an event goes to its key's; without a key, to each in turn. */
  append(drafts: readonly Draft[], partition?: string): void;
  /** What came by AMQP, all to one partition. */
  appendMessages(messages: readonly Message[], partition: string): void;
  /** The partition of a key, or the next in turn. */
  choose(partitionKey: string | undefined): string;
  /** Called after each append. Returns what ends it. */
  onAppend(listener: (partition: string) => void): () => void;
}

export const DEFAULT_GROUP = "$Default";
export const PARTITION_KEY = "x-opt-partition-key";
/** What the service adds to an event's size, about. */
const OVERHEAD_BYTES = 48;

export function createHub({ name, partitions = 4, consumerGroups = [] }: HubOptions, clock: Clock): Hub {
  const logs = new Map(Array.from({ length: partitions }, (_, i) => [String(i), [] as HubEvent[]]));
  const partitionIds = [...logs.keys()];
  const ends = new Map(partitionIds.map((id) => [id, 0]));
  const listeners = new Set<(partition: string) => void>();
  const counts: HubCounts = { events: 0, bytes: 0 };
  let turn = 0;

  const log = (partition: string) => {
    const found = logs.get(partition);
    if (!found) throw new Error(`the hub ${name} has no partition ${partition}`);
    return found;
  };
  const append = (partition: string, message: Message) => {
    const events = log(partition);
    const body = bytesOf(message.body);
    const end = ends.get(partition) ?? 0;
    events.push({
      sequenceNumber: events.length,
      offset: String(end),
      enqueuedAt: clock.now(),
      partitionKey: message.message_annotations?.[PARTITION_KEY],
      body,
      properties: message.application_properties ?? {},
      message,
    });
    ends.set(partition, end + body.length + OVERHEAD_BYTES);
    counts.events++;
    counts.bytes += body.length;
  };
  const appended = (partition: string) => {
    for (const listener of listeners) listener(partition);
  };
  const choose = (partitionKey: string | undefined) =>
    String(partitionKey === undefined ? turn++ % partitions : partitionOfKey(partitionKey, partitions));

  return {
    name,
    partitionIds,
    consumerGroups: [DEFAULT_GROUP, ...consumerGroups],
    createdAt: clock.now(),
    counts,
    read: (partition, fromSequence, max) => log(partition).slice(fromSequence, fromSequence + max),
    lastSequence: (partition) => log(partition).length - 1,
    append: (drafts, partition) => {
      const changed = new Set<string>();
      for (const draft of drafts) {
        const to = partition ?? choose(draft.partitionKey);
        append(to, toMessage(draft));
        changed.add(to);
      }
      for (const one of changed) appended(one);
    },
    appendMessages: (messages, partition) => {
      for (const message of messages) append(partition, message);
      appended(partition);
    },
    choose,
    onAppend: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function toMessage({ body, partitionKey, properties }: Draft): Message {
  return {
    body: message.data_section(Buffer.from(body)),
    ...(partitionKey !== undefined && { message_annotations: { [PARTITION_KEY]: partitionKey } }),
    ...(properties !== undefined && { application_properties: properties }),
  };
}

function bytesOf(body: unknown): Buffer {
  const content = typeof body === "object" && body !== null && "content" in body ? body.content : body;
  return Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content ?? null));
}
