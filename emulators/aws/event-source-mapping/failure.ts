import type { Random } from "../../../shared/clock";
import { type EventOrigin, toEvent } from "./event";
import type { StreamRecord } from "./source";

export interface Discarded {
  records: readonly StreamRecord[];
  shardId: string;
  /** Age is only looked at while records wait, so there is no response to speak of. */
  condition: "RetryAttemptsExhausted" | "RecordAgeExceeded";
  invocations: number;
  /** Whether the last invocation ended in an error, and not in an answer that named failed records. */
  functionError: boolean;
}

export interface FailureOrigin extends EventOrigin {
  functionArn: string;
}

/**
 * What the service writes to a bucket about a discarded batch, with the whole event as a JSON string:
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function failureRecord(discarded: Discarded, origin: FailureOrigin, now: number, random: Random): string {
  const { records, shardId, condition } = discarded;
  const first = records[0];
  const last = records.at(-1);
  if (!first || !last) throw new Error("a discarded batch has records");
  return JSON.stringify({
    requestContext: {
      requestId: uuid(random),
      functionArn: origin.functionArn,
      condition,
      approximateInvokeCount: discarded.invocations,
    },
    ...(condition === "RecordAgeExceeded" ? {} : { responseContext: responseContext(discarded.functionError) }),
    version: "1.0",
    timestamp: iso(now),
    KinesisBatchInfo: {
      shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: iso(first.arrivedAt),
      approximateArrivalOfLastRecord: iso(last.arrivedAt),
      batchSize: records.length,
      streamArn: origin.streamArn,
    },
    payload: JSON.stringify(toEvent(records, shardId, origin)),
  });
}

/** `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>` */
export function failureKey(mapping: string, shardId: string, now: number, random: Random): string {
  const time = iso(now).slice(0, 19).replaceAll(":", ".");
  const day = time.slice(0, 10).replaceAll("-", "/");
  return `aws/lambda/${mapping}/${shardId}/${day}/${time}-${uuid(random)}`;
}

/** A version 4 UUID of the injected randomness, so that a simulation gives the same names again. */
export function uuid(random: Random): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256)));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function responseContext(functionError: boolean) {
  return { statusCode: 200, executedVersion: "$LATEST", ...(functionError ? { functionError: "Unhandled" } : {}) };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
