import { describe, expect, it } from "@jest/globals";
import type { KinesisStreamEvent, KinesisStreamRecord } from "aws-lambda";
import * as fc from "fast-check";
import { type BatchOutcome, encodeEnvelope } from "sluice";
import { awsPreprocess } from "../../../../adapters/aws/preprocess";
import { manualClock } from "../../../support/manual-clock";
import { expectLettersOnly } from "../suites/undecodable";

const START = Date.UTC(2026, 0, 1);
const context = { getRemainingTimeInMillis: () => 30_000 };
const preprocess = awsPreprocess({ clock: manualClock({ start: START }) });

describe("a delivery", () => {
  it("is what Lambda hands over: the stream, the shard, its records in order and the time that is left", () => {
    const delivery = preprocess.receive({ event: { Records: [record("a", 1), record("b", 2)] }, context });

    expect(delivery).toEqual({
      source: "lambda-stream",
      partition: "shardId-000000000006",
      messages: [
        { body: "a", offset: sequence(1), arrivedAt: 1_545_084_650_987 },
        { body: "b", offset: sequence(2), arrivedAt: 1_545_084_650_987 },
      ],
      ordered: true,
      attempt: 1,
      lastAttempt: false,
      deadline: START + 30_000,
    });
  });

  it("names the stream also where a consumer of its own reads it", () => {
    const eventSourceARN = "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream/consumer/c:1545084650";

    const delivery = preprocess.receive({ event: { Records: [{ ...record("a", 1), eventSourceARN }] }, context });

    expect(delivery.source).toBe("lambda-stream");
  });

  it("holds text as text and other bytes as they are", () => {
    const bytes = Buffer.from([0xff, 0x00]);
    const texts = ["é\u{1f600}", "", encodeEnvelope(["x"], START)];

    const { messages } = preprocess.receive({
      event: { Records: [...texts, bytes].map((body, i) => record(body, i)) },
      context,
    });

    expect(messages.slice(0, 3).map(({ body }) => body)).toEqual(texts);
    expect(Buffer.from(messages[3]!.body)).toEqual(bytes);
  });

  it("holds data that is not base64 as it is", () => {
    const { messages } = preprocess.receive({ event: { Records: [withData("{not base64}")] }, context });

    expect(messages[0]!.body).toBe("{not base64}");
  });

  it.each([{}, { Records: [] }, { Records: null }, { Records: "x" }, null, undefined])("is empty for %j", (event) => {
    const delivery = preprocess.receive({ event: event as unknown as KinesisStreamEvent, context });

    expect(delivery).toMatchObject({ source: "", partition: "", messages: [] });
  });

  it("comes of any junk without a throw, a message per record", () => {
    const kinesis = fc.oneof(fc.anything(), fc.record({ data: fc.anything(), sequenceNumber: fc.anything() }));
    const odd = fc.oneof(fc.anything(), fc.record({ kinesis, eventID: fc.anything(), eventSourceARN: fc.anything() }));

    fc.assert(
      fc.property(fc.array(odd), (Records) => {
        const delivery = preprocess.receive({ event: { Records: Records as KinesisStreamRecord[] }, context });

        expect(delivery.messages).toHaveLength(Records.length);
        for (const { body, offset } of delivery.messages) expect([typeof body, typeof offset]).toContain("string");
      }),
    );
  });

  it("of records that nobody can read is dead-lettered by the engine, not handed back", async () => {
    const Records = [withData("%%%", 1), withData("", 2), {} as KinesisStreamRecord];

    const delivery = preprocess.receive({ event: { Records }, context });

    await expectLettersOnly(delivery, ["empty", "empty", "json"]);
  });
});

describe("an answer", () => {
  const delivery = preprocess.receive({ event: { Records: [1, 2, 3].map((n) => record("x", n)) }, context });

  it("is an empty list where all is done", () => {
    expect(preprocess.answer(delivery, outcome(-1))).toEqual({ batchItemFailures: [] });
  });

  it.each([0, 1, 2])("names the first record that must come again, by its sequence number: %s", (firstRetry) => {
    const answer = preprocess.answer(delivery, outcome(firstRetry));

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: sequence(firstRetry + 1) }] });
  });

  it("asks for the whole batch where the record has no number", () => {
    const nameless = preprocess.receive({ event: { Records: [{} as KinesisStreamRecord] }, context });

    const answer = preprocess.answer(nameless, outcome(0));

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "" }] });
  });

  it("is what the capabilities promise", () => {
    expect(preprocess.capabilities).toEqual({
      checkpoint: "lowest-failure",
      ordering: "per-key",
      countsDeliveries: false,
    });
  });
});

/** The documentation's own example, with other data. */
function record(body: string | Uint8Array, number: number): KinesisStreamRecord {
  return {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: "1",
      sequenceNumber: sequence(number),
      data: Buffer.from(body).toString("base64"),
      approximateArrivalTimestamp: 1_545_084_650.987,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `shardId-000000000006:${sequence(number)}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: "arn:aws:iam::123456789012:role/lambda-role",
    awsRegion: "us-east-2",
    eventSourceARN: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
  };
}

function withData(data: string, number = 1): KinesisStreamRecord {
  const whole = record("", number);
  return { ...whole, kinesis: { ...whole.kinesis, data } };
}

function sequence(number: number): string {
  return `4959033827149025660855969253836157109592157598913658${String(number).padStart(4, "0")}`;
}

function outcome(firstRetry: number): BatchOutcome {
  return { firstRetry } as BatchOutcome;
}
