import type { KinesisStreamEvent } from "aws-lambda";
import { seededRandom } from "sluice";
import {
  createEventSourceMapping,
  type EventSourceMappingOptions,
  type EventSourceMappingSettings,
  memoryStream,
} from "../../../../../emulators/aws/event-source-mapping";
import { type ManualClockOptions, manualClock } from "../../../../support/manual-clock";

export const STREAM_ARN = "arn:aws:kinesis:us-east-2:123456789012:stream/events";

export interface HarnessOptions extends Partial<Omit<EventSourceMappingOptions, "settings" | "invoke">> {
  settings?: Partial<EventSourceMappingSettings>;
  /** The function: gets the records' texts, answers or throws. Default: answers nothing. */
  handle?: (texts: readonly string[], event: KinesisStreamEvent) => unknown;
  shards?: number;
  seed?: number;
  time?: ManualClockOptions;
}

export interface Letter {
  key: string;
  body: Record<string, never> & {
    requestContext: { condition: string; approximateInvokeCount: number };
    responseContext?: { functionError?: string };
    KinesisBatchInfo: { shardId: string; batchSize: number };
  };
  /** Texts of the records in the payload. */
  texts: string[];
}

/** A mapping over a stream in memory on a manual clock; keeps what the function and the destination were given. */
export function mappingHarness(options: HarnessOptions = {}) {
  const { settings, handle = () => null, shards = 1, seed = 1, time, ...rest } = options;
  const clock = manualClock(time);
  const stream = memoryStream({ clock, shards });
  const calls: string[][] = [];
  const letters: Letter[] = [];
  const mapping = createEventSourceMapping({
    streamArn: STREAM_ARN,
    source: stream.source,
    settings: { startingPosition: "TRIM_HORIZON", ...settings },
    invoke: async (event) => {
      const texts = textsOf(event);
      calls.push(texts);
      return handle(texts, event);
    },
    onFailure: async (key, text) => {
      const body = JSON.parse(text);
      letters.push({ key, body, texts: textsOf(JSON.parse(body.payload)) });
    },
    clock,
    random: seededRandom(seed),
    ...rest,
  });
  return { clock, stream, mapping, calls, letters };
}

export function textsOf(event: KinesisStreamEvent): string[] {
  return event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString("utf8"));
}

/** What a function answers when the records with these texts failed. */
export function failed(event: KinesisStreamEvent, ...texts: readonly string[]) {
  const failures = textsOf(event).flatMap((text, i) => (texts.includes(text) ? [i] : []));
  return {
    batchItemFailures: failures.map((i) => ({ itemIdentifier: event.Records[i]?.kinesis.sequenceNumber })),
  };
}
