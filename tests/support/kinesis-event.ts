import type { KinesisStreamEvent } from "aws-lambda";

/** What Lambda hands to a function: a record per body, of one shard; sequence numbers count from 0. */
export function kinesisEvent(bodies: readonly (string | Uint8Array)[]): KinesisStreamEvent {
  return {
    Records: bodies.map((body, i) => ({
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey: "key",
        sequenceNumber: sequenceNumber(i),
        data: Buffer.from(body).toString("base64"),
        approximateArrivalTimestamp: 1_763_800_000.987,
      },
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: `shardId-000000000000:${sequenceNumber(i)}`,
      eventName: "aws:kinesis:record",
      invokeIdentityArn: "arn:aws:iam::000000000000:role/test",
      awsRegion: "us-east-1",
      eventSourceARN: "arn:aws:kinesis:us-east-1:000000000000:stream/events",
    })),
  };
}

/** Of the record at this place, with as many digits as Kinesis gives it. */
export function sequenceNumber(place: number): string {
  return `4959033827149025660855969253836157109592157598${String(place).padStart(10, "0")}`;
}
