import { describe, expect, it } from "@jest/globals";
import { eventBytes, toEvent } from "../../../../../emulators/aws/event-source-mapping/event";

const origin = {
  streamArn: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
  region: "us-east-2",
  roleArn: "arn:aws:iam::123456789012:role/lambda-role",
};
const shardId = "shardId-000000000006";
const record = (data: Uint8Array, partitionKey = "1") => ({
  sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
  partitionKey,
  data,
  arrivedAt: 1_545_084_650_987,
});

describe("the event of an invocation", () => {
  it("is the documented example, field by field", () => {
    const event = toEvent([record(Buffer.from("Hello, this is a test."))], shardId, origin);

    expect(event).toEqual({
      Records: [
        {
          kinesis: {
            kinesisSchemaVersion: "1.0",
            partitionKey: "1",
            sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
            data: "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
            approximateArrivalTimestamp: 1545084650.987,
          },
          eventSource: "aws:kinesis",
          eventVersion: "1.0",
          eventID: "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
          eventName: "aws:kinesis:record",
          invokeIdentityArn: "arn:aws:iam::123456789012:role/lambda-role",
          awsRegion: "us-east-2",
          eventSourceARN: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
        },
      ],
    });
  });

  it("holds only the bytes of the record where they are part of a larger buffer", () => {
    const page = Buffer.from("before|me|after");

    const event = toEvent([record(page.subarray(7, 9))], shardId, origin);

    expect(event.Records[0]?.kinesis.data).toBe(Buffer.from("me").toString("base64"));
  });

  it.each([0, 1, 2, 3, 100])("is as long as counted, with data of %i bytes and a key outside ASCII", (length) => {
    const records = [record(new Uint8Array(length), 'clé "ü" 🚀'), record(new Uint8Array(length + 1))];

    const counted = records.reduce((sum, each) => sum + eventBytes(each, shardId, origin), 0);

    // One comma too many stands for the end of the list.
    const frame = '{"Records":[]}'.length - 1;
    expect(counted + frame).toBe(Buffer.byteLength(JSON.stringify(toEvent(records, shardId, origin))));
  });
});
