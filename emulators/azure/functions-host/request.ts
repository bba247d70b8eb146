import { randomUUID } from "node:crypto";
import type { HubEvent } from "../event-hubs/hub";
import type { Registration } from "./registration";
import type { InvocationRequest, RetryContext, TypedData } from "./rpc";

export interface Batch {
  events: readonly HubEvent[];
  partition: string;
  /** Whether the checkpoint moves on after it. */
  isCheckpointing: boolean;
}

export interface RequestOrigin {
  registration: Registration;
  /** Host name of the Event Hubs namespace. */
  namespace: string;
  hub: string;
  group: string;
  /** As `low` and `high`: the worker of August 2026 did (azure-functions-nodejs-worker#844). */
  longs: "number" | "object";
}

/**
 * An invocation as the host sends it: EventHubTriggerBindingStrategy.cs for what it knows of a batch, and
 * GrpcMessageConversionExtensions.cs for how that travels.
 */
export function toRequest(
  batch: Batch,
  origin: RequestOrigin,
  retryContext: RetryContext | undefined,
): InvocationRequest {
  const { functionId, binding } = origin.registration;
  const data = binding.dataType === "binary" ? binary(batch.events) : strings(batch.events.map(textOf));
  return {
    invocationId: randomUUID(),
    functionId,
    inputData: [{ name: binding.name, data }],
    triggerMetadata: metadata(batch, origin),
    ...(retryContext && { retryContext }),
  };
}

function metadata({ events, partition, isCheckpointing }: Batch, origin: RequestOrigin): Record<string, TypedData> {
  const { namespace, hub, group, longs } = origin;
  const sequenceNumbers = events.map(({ sequenceNumber }) =>
    longs === "number" ? sequenceNumber : { low: sequenceNumber | 0, high: 0, unsigned: false },
  );
  return {
    PartitionContext: json({
      IsCheckpointingAfterInvocation: isCheckpointing,
      FullyQualifiedNamespace: namespace,
      EventHubName: hub,
      ConsumerGroup: group,
      PartitionId: partition,
    }),
    PartitionKeyArray: strings(events.map(({ partitionKey }) => partitionKey ?? "")),
    OffsetArray: strings(events.map(({ offset }) => offset)),
    SequenceNumberArray: { collectionSint64: { sint64: sequenceNumbers } },
    EnqueuedTimeUtcArray: json(events.map(timeOf)),
    PropertiesArray: json(events.map(({ properties }) => properties)),
    SystemPropertiesArray: json(events.map(systemProperties)),
  };
}

function systemProperties(event: HubEvent): Record<string, unknown> {
  const { sequenceNumber, offset, partitionKey = null } = event;
  const EnqueuedTimeUtc = timeOf(event);
  return {
    "x-opt-sequence-number": sequenceNumber,
    "x-opt-offset": offset,
    "x-opt-enqueued-time": EnqueuedTimeUtc,
    ...(partitionKey !== null && { "x-opt-partition-key": partitionKey }),
    SequenceNumber: sequenceNumber,
    Offset: offset,
    PartitionKey: partitionKey,
    EnqueuedTimeUtc,
  };
}

/** .NET's `DateTimeOffset.DateTime` has lost its zone: no Z at the end, although it is UTC. */
function timeOf({ enqueuedAt }: HubEvent): string {
  return new Date(enqueuedAt).toISOString().slice(0, -1);
}

function textOf({ body }: HubEvent): string {
  return body.toString("utf8");
}

function binary(events: readonly HubEvent[]): TypedData {
  return { collectionBytes: { bytes: events.map(({ body }) => body) } };
}

/** Empty ones are left out, as the Node.js worker does not announce IncludeEmptyEntriesInMessagePayload: indexes shift. */
function strings(values: readonly string[]): TypedData {
  return { collectionString: { string: values.filter((value) => value !== "") } };
}

function json(value: unknown): TypedData {
  return { json: JSON.stringify(value) };
}
