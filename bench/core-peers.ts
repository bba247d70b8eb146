import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { Context, KinesisStreamRecord } from "aws-lambda";
import type { InferenceSession } from "onnxruntime-node";
import type * as z from "zod";
import type { StreamEvent } from "./core";
import { parse, rowsOf, score, store, writeFor } from "./hand";
import importModule from "./import.cjs";
import type { Contender } from "./measure";
import { pipelineFor, type Shape } from "./workload";

// biome-ignore lint/suspicious/noExplicitAny: parsed JSON of the workload
type Json = any;

/**
 * Powertools' batch utility at its best: the record handler only decodes and checks, and the model runs once per batch
 * afterwards. Its documentation shows the other form, `powertoolsPerRecord`.
 */
export function powertoolsBatched(shape: Shape, session: InferenceSession, event: StreamEvent): Contender {
  const schema = pipelineFor(shape).event;
  const write = writeFor(shape);
  const context = {} as Context;
  return async () => {
    const events: Json[] = [];
    const processor = new BatchProcessor(EventType.KinesisDataStreams);
    const handler = async (record: KinesisStreamRecord) => {
      const value = checked(schema, parse(record.kinesis.data));
      write(value, events.length * 16);
      events.push(value);
    };
    const response = await processPartialResponse(event as Json, handler as Json, processor, {
      context,
      processInParallel: false,
    });
    const rows = store(rowsOf(events, await score(session, events.length)));
    return response.batchItemFailures.length === 0 ? rows : -1;
  };
}

/** One inference per record inside the record handler, as its documentation shows. */
export function powertoolsPerRecord(shape: Shape, session: InferenceSession, event: StreamEvent): Contender {
  const schema = pipelineFor(shape).event;
  const write = writeFor(shape);
  const context = {} as Context;
  return async () => {
    let rows = 0;
    const processor = new BatchProcessor(EventType.KinesisDataStreams);
    const handler = async (record: KinesisStreamRecord) => {
      const value = checked(schema, parse(record.kinesis.data));
      write(value, 0);
      rows += store(rowsOf([value], await score(session, 1)));
    };
    const response = await processPartialResponse(event as Json, handler as Json, processor, {
      context,
      processInParallel: false,
    });
    return response.batchItemFailures.length === 0 ? rows : -1;
  };
}

/** middy with its event normalizer, which decodes the whole event before the handler sees it; then one run per batch. */
export function middyHandler(shape: Shape, session: InferenceSession, event: StreamEvent): Contender {
  const schema = pipelineFor(shape).event;
  const write = writeFor(shape);
  const handler = (async () => {
    const { default: middy } = await importModule("@middy/core");
    const { default: normalizer } = await importModule("@middy/event-normalizer");
    return middy()
      .use(normalizer())
      .handler(async ({ Records }: Json) => {
        const events: Json[] = [];
        for (const { kinesis } of Records) {
          const value = checked(schema, kinesis.data);
          write(value, events.length * 16);
          events.push(value);
        }
        return store(rowsOf(events, await score(session, events.length)));
      });
  })();
  return async () => {
    // The normalizer writes into the event, so each call needs its own records.
    const copy = { Records: event.Records.map((record) => ({ ...record, kinesis: { ...record.kinesis } })) };
    return (await handler)(copy as Json, {} as Context);
  };
}

function checked(schema: z.ZodType, value: unknown): Json {
  const { success, data, error } = schema.safeParse(value);
  if (!success) throw error;
  return data;
}
