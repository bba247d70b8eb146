import { describe, expect, it } from "@jest/globals";
import { seededRandom } from "sluice";
import { toEvent } from "../../../../../emulators/aws/event-source-mapping/event";
import {
  type Discarded,
  failureKey,
  failureRecord,
  uuid,
} from "../../../../../emulators/aws/event-source-mapping/failure";

const origin = {
  streamArn: "arn:aws:kinesis:us-east-2:123456789012:stream/mystream",
  region: "us-east-2",
  roleArn: "arn:aws:iam::123456789012:role/lambda-role",
  functionArn: "arn:aws:lambda:us-east-2:123456789012:function:myfunction",
};
const NOW = Date.parse("2019-11-14T00:38:06.021Z");
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function discarded(overrides: Partial<Discarded> = {}): Discarded {
  const records = ["4960", "4961"].map((sequenceNumber, i) => ({
    sequenceNumber,
    partitionKey: "k",
    data: Buffer.from(`record ${i}`),
    arrivedAt: NOW - 1_186 + i,
  }));
  return {
    records,
    shardId: "shardId-000000000001",
    condition: "RetryAttemptsExhausted",
    invocations: 11,
    functionError: true,
    ...overrides,
  };
}

const record = (overrides: Partial<Discarded> = {}) =>
  JSON.parse(failureRecord(discarded(overrides), origin, NOW, seededRandom(1)));

describe("what the on-failure destination gets", () => {
  it("is the documented object, with the whole event as a JSON string", () => {
    const body = record();

    expect(body).toEqual({
      requestContext: {
        requestId: expect.stringMatching(UUID),
        functionArn: origin.functionArn,
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 11,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      version: "1.0",
      timestamp: "2019-11-14T00:38:06.021Z",
      KinesisBatchInfo: {
        shardId: "shardId-000000000001",
        startSequenceNumber: "4960",
        endSequenceNumber: "4961",
        approximateArrivalOfFirstRecord: "2019-11-14T00:38:04.835Z",
        approximateArrivalOfLastRecord: "2019-11-14T00:38:04.836Z",
        batchSize: 2,
        streamArn: origin.streamArn,
      },
      payload: JSON.stringify(toEvent(discarded().records, "shardId-000000000001", origin)),
    });
  });

  it("names no function error where the function answered, and failed some records", () => {
    const { responseContext } = record({ functionError: false });

    expect(responseContext).toEqual({ statusCode: 200, executedVersion: "$LATEST" });
  });

  it("speaks of no response where records became too old", () => {
    const body = record({ condition: "RecordAgeExceeded" });

    expect(body.requestContext.condition).toBe("RecordAgeExceeded");
    expect(body).not.toHaveProperty("responseContext");
  });

  it("has the documented name: mapping, shard, day, second and a random UUID", () => {
    const key = failureKey("the-mapping", "shardId-000000000001", NOW, seededRandom(1));

    const [, name = ""] = key.split("2019-11-14T00.38.06-");
    expect(key).toContain("aws/lambda/the-mapping/shardId-000000000001/2019/11/14/2019-11-14T00.38.06-");
    expect(name).toMatch(UUID);
  });

  it("has another name each time, and the same for the same seed", () => {
    const random = seededRandom(7);

    const names = [uuid(random), uuid(random), uuid(seededRandom(7))];

    expect(new Set(names).size).toBe(2);
    expect(names[0]).toBe(names[2]);
  });
});
