import type { KinesisStreamEvent, KinesisStreamRecord } from "aws-lambda";
import type { StreamRecord } from "./source";

/** Longest event of a synchronous invocation, base64 included. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** What stays the same in all of a mapping's events. */
export interface EventOrigin {
  streamArn: string;
  region: string;
  roleArn: string;
}

/** The event as the service builds it: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export function toEvent(records: readonly StreamRecord[], shardId: string, origin: EventOrigin): KinesisStreamEvent {
  return { Records: records.map((record) => toEventRecord(record, shardId, origin)) };
}

/** Bytes that a record adds to the event. */
export function eventBytes(record: StreamRecord, shardId: string, origin: EventOrigin): number {
  const empty = { ...record, data: new Uint8Array(0) };
  const frame = Buffer.byteLength(JSON.stringify(toEventRecord(empty, shardId, origin)));
  const comma = 1;
  return frame + comma + Math.ceil(record.data.length / 3) * 4;
}

function toEventRecord(record: StreamRecord, shardId: string, origin: EventOrigin): KinesisStreamRecord {
  const { data, sequenceNumber } = record;
  return {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: record.partitionKey,
      sequenceNumber,
      data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"),
      // Seconds with a fraction, unlike every other time here.
      approximateArrivalTimestamp: record.arrivedAt / 1_000,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: origin.roleArn,
    awsRegion: origin.region,
    eventSourceARN: origin.streamArn,
  };
}
