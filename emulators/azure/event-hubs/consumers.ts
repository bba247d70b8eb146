import { type EventContext, type Sender, types } from "rhea";
import { notFound } from "./errors";
import { type Hub, type HubEvent, PARTITION_KEY } from "./hub";
import { startOf } from "./position";
import { find, type Service } from "./service";

/** Links on which clients receive. */
export interface Consumers {
  /** A client opens a link. */
  opened(context: EventContext): void;
  /** The client has room for more. */
  sendable(context: EventContext): void;
  appended(hub: Hub, partition: string): void;
  closed(context: EventContext): void;
  disconnected(context: EventContext): void;
}

interface Reader {
  link: Sender;
  hub: Hub;
  partition: string;
  group: string;
  /** Undefined: it shares the partition with others. */
  epoch: number | undefined;
  /** Whether every event tells how far the partition is. */
  hasMetrics: boolean;
  /** Sequence number of the next event. */
  next: number;
}

const EPOCH = "com.microsoft:epoch";
const FILTER = "apache.org:selector-filter:string";
const METRICS = "com.microsoft:enable-receiver-runtime-metric";
/** https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas: of a partition and group, without an epoch. */
const MAX_READERS = 5;

export function createConsumers(service: Service): Consumers {
  const readers = new Map<Sender, Reader>();

  const pump = (reader: Reader) => {
    const { link, hub, partition } = reader;
    while (link.sendable() && reader.next <= hub.lastSequence(partition)) {
      const [event] = hub.read(partition, reader.next++, 1);
      if (!event) return;
      link.send(toMessage(event, reader, service));
      service.stats.received++;
    }
  };
  const rivalsOf = ({ hub, partition, group }: Pick<Reader, "hub" | "partition" | "group">) =>
    [...readers.values()].filter((one) => one.hub === hub && one.partition === partition && one.group === group);
  /** A higher or equal epoch takes the partition from all others; who has none, or a lower one, does not get it. */
  const contend = (reader: Reader): boolean => {
    const { link, epoch } = reader;
    const rivals = rivalsOf(reader);
    const highest = Math.max(-1, ...rivals.map((rival) => rival.epoch ?? -1));
    if (highest > (epoch ?? -1)) {
      link.close({
        condition: "amqp:link:stolen",
        description: `A receiver with a higher epoch '${highest}' already exists.`,
      });
      return false;
    }
    if (epoch === undefined && rivals.length >= MAX_READERS) {
      link.close({
        condition: "amqp:resource-limit-exceeded",
        description: `Exceeded the maximum number of allowed receivers per partition in a consumer group which is ${MAX_READERS}.`,
      });
      return false;
    }
    if (epoch === undefined) return true;
    for (const rival of rivals) {
      readers.delete(rival.link);
      service.stats.stolen++;
      rival.link.close({
        condition: "amqp:link:stolen",
        description: `New receiver with higher epoch of '${epoch}' is created hence current receiver is getting disconnected.`,
      });
    }
    return true;
  };

  return {
    opened: ({ sender: link, connection }) => {
      if (!link) return;
      const from = link.source?.address;
      const found = find(service, connection, from, "Listen");
      if ("refused" in found) return link.close(found.refused);
      const { hub, address } = found;
      const group = hub.consumerGroups.find((name) => name.toLowerCase() === address.group);
      if (group === undefined || address.partition === undefined) return link.close(notFound(from));
      const next = startOf(hub, address.partition, selectorOf(link));
      if (next === undefined) {
        return link.close({ condition: "amqp:invalid-field", description: "The filter of the link cannot be read." });
      }
      const epoch = link.properties?.[EPOCH];
      const reader: Reader = {
        link,
        hub,
        partition: address.partition,
        group,
        epoch: epoch === undefined ? undefined : Number(epoch),
        hasMetrics: [link.desired_capabilities].flat().map(String).includes(METRICS),
        next,
      };
      if (!contend(reader)) return;
      readers.set(link, reader);
      pump(reader);
    },
    sendable: ({ sender }) => {
      const reader = sender && readers.get(sender);
      if (reader) pump(reader);
    },
    appended: (hub, partition) => {
      for (const reader of readers.values()) if (reader.hub === hub && reader.partition === partition) pump(reader);
    },
    closed: ({ sender }) => {
      if (sender) readers.delete(sender);
    },
    disconnected: ({ connection }) => {
      for (const link of readers.keys()) if (link.connection === connection) readers.delete(link);
    },
  };
}

function toMessage(event: HubEvent, { hub, partition, hasMetrics }: Reader, { clock }: Service) {
  const { message, partitionKey } = event;
  const last = hasMetrics ? hub.read(partition, hub.lastSequence(partition), 1)[0] : undefined;
  return {
    ...message,
    message_annotations: {
      ...message.message_annotations,
      "x-opt-sequence-number": types.wrap_long(event.sequenceNumber),
      "x-opt-offset": event.offset,
      "x-opt-enqueued-time": types.wrap_timestamp(event.enqueuedAt),
      ...(partitionKey !== undefined && { [PARTITION_KEY]: partitionKey }),
    },
    ...(last && {
      delivery_annotations: {
        last_enqueued_sequence_number: types.wrap_long(last.sequenceNumber),
        last_enqueued_offset: last.offset,
        last_enqueued_time_utc: types.wrap_timestamp(last.enqueuedAt),
        runtime_info_retrieval_time_utc: types.wrap_timestamp(clock.now()),
      },
    }),
  };
}

function selectorOf(link: Sender): string | undefined {
  const filter = link.source?.filter?.[FILTER];
  const selector = filter?.value ?? filter;
  return selector === undefined ? undefined : String(selector);
}
