import { type EventContext, types } from "rhea";
import { noClaim, noSuchPartition, notFound } from "./errors";
import type { Hub } from "./hub";
import type { Reply, Service } from "./service";

/** Properties of a hub or a partition: https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol */
export function answerRead({ connection, message }: EventContext, service: Service): Reply {
  const { operation, type, name, partition } = message?.application_properties ?? {};
  const hub = service.hubs.get(String(name).toLowerCase());
  if (operation !== "READ" || !hub) return { status: 404, refused: notFound(name) };
  if (!service.claims.get(connection)?.has(hub.name.toLowerCase())) {
    return { status: 401, refused: noClaim("Manage,Listen") };
  }
  if (type === "com.microsoft:eventhub") return { status: 200, body: hubProperties(hub, type) };
  if (!hub.partitionIds.includes(partition)) {
    return { status: 400, refused: noSuchPartition(hub.partitionIds.length) };
  }
  return { status: 200, body: partitionProperties(hub, type, partition) };
}

function hubProperties({ name, partitionIds, createdAt }: Hub, type: string): Record<string, unknown> {
  return {
    name,
    type,
    created_at: types.wrap_timestamp(createdAt),
    partition_count: partitionIds.length,
    partition_ids: [...partitionIds],
    georeplication_factor: 1,
  };
}

function partitionProperties(hub: Hub, type: string, partition: string): Record<string, unknown> {
  const last = hub.read(partition, hub.lastSequence(partition), 1)[0];
  return {
    name: hub.name,
    type,
    partition,
    begin_sequence_number: types.wrap_long(0),
    last_enqueued_sequence_number: types.wrap_long(last?.sequenceNumber ?? -1),
    last_enqueued_offset: last?.offset ?? "-1",
    last_enqueued_time_utc: types.wrap_timestamp(last?.enqueuedAt ?? 0),
    is_partition_empty: last === undefined,
  };
}
