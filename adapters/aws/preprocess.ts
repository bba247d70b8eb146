import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from "aws-lambda";
import type { Clock } from "../../shared/clock";
import type { Delivery, Message } from "../../shared/delivery";
import { decodeBase64Text } from "../../shared/guards";
import type { Preprocess } from "../../shared/ports";
import { systemClock } from "../system";

/** What Lambda calls a function with. */
export interface KinesisTrigger {
  event: KinesisStreamEvent;
  context: Pick<Context, "getRemainingTimeInMillis">;
}

export interface AwsPreprocessOptions {
  clock?: Clock | undefined;
}

/** `arn:aws:kinesis:<region>:<account>:stream/<name>`, with `/consumer/...` behind it for enhanced fan-out. */
const STREAM = /:stream\/([^/]+)/;

/**
 * Turns a Lambda invocation by an event source mapping of Kinesis into a delivery: one invocation holds records of one
 * shard, in order. Lambda does not tell how often it has tried, so every delivery is the first and none is the last;
 * the mapping itself gives up a batch, and keeps it, after its configured retries.
 *
 * The answer names one record, the first that must come again: Lambda delivers from the lowest one that is named. It needs
 * `ReportBatchItemFailures` in the mapping: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * Nothing in an event makes it throw: data that is not base64 goes on as it is, for the engine to dead-letter.
 */
export function awsPreprocess(
  options: AwsPreprocessOptions = {},
): Preprocess<KinesisTrigger, KinesisStreamBatchResponse> {
  const { clock = systemClock } = options;

  return {
    capabilities: { checkpoint: "lowest-failure", ordering: "per-key", countsDeliveries: false },
    receive: ({ event, context }) => {
      const records: Partial<KinesisStreamRecord>[] = Array.isArray(event?.Records) ? event.Records : [];
      const first = records[0];
      const delivery: Delivery = {
        source: STREAM.exec(textOf(first?.eventSourceARN))?.[1] ?? "",
        // shardId-000000000006:<sequence number>
        partition: textOf(first?.eventID).split(":", 1)[0] ?? "",
        messages: records.map(messageOf),
        ordered: true,
        attempt: 1,
        lastAttempt: false,
        deadline: clock.now() + context.getRemainingTimeInMillis(),
      };
      return delivery;
    },
    answer: ({ messages }, { firstRetry }) => ({
      // An empty identifier, of a record that came without one, makes Lambda deliver the whole batch again.
      batchItemFailures: firstRetry === -1 ? [] : [{ itemIdentifier: messages[firstRetry]?.offset ?? "" }],
    }),
  };
}

function messageOf(record: Partial<KinesisStreamRecord> | undefined): Message {
  const kinesis: Partial<KinesisStreamRecord["kinesis"]> = record?.kinesis ?? {};
  const data = textOf(kinesis.data);
  const seconds = kinesis.approximateArrivalTimestamp;
  return {
    body: decodeBase64Text(data) ?? data,
    offset: textOf(kinesis.sequenceNumber),
    arrivedAt: Number.isFinite(seconds) ? Math.round((seconds as number) * 1_000) : undefined,
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
