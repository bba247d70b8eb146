import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from "aws-lambda";
import type { Delivery } from "sluice";
import { awsPreprocess } from "../../../adapters/aws/preprocess";
import {
  createEventSourceMapping,
  type EventSourceMapping,
  kinesisSource,
} from "../../../emulators/aws/event-source-mapping";
import type { Host } from "../cloud-harness";

type Answer = PromiseWithResolvers<KinesisStreamBatchResponse>;

const CONTEXT = { getRemainingTimeInMillis: () => 60_000 } as Context;

/** A mapping in real time, only faster than the service's: it looks every few milliseconds and hardly waits between retries. */
export function hostOf(stream: string, { endpoint, region }: { endpoint: string; region: string }): Host {
  const waiting: { event: KinesisStreamEvent; answer: Answer }[] = [];
  const open = new Set<Answer>();
  let arrived = Promise.withResolvers<void>();
  const source = kinesisSource({ stream, endpoint, region });
  const mapping: EventSourceMapping = createEventSourceMapping({
    streamArn: `arn:aws:kinesis:${region}:000000000000:stream/${stream}`,
    source,
    invoke: (event) => {
      const answer = Promise.withResolvers<KinesisStreamBatchResponse>();
      waiting.push({ event, answer });
      open.add(answer);
      arrived.resolve();
      return answer.promise.finally(() => open.delete(answer));
    },
    settings: { functionResponseTypes: ["ReportBatchItemFailures"], startingPosition: "TRIM_HORIZON" },
    pollMs: 2,
    retryMs: { base: 1, cap: 2 },
  });
  const crash = () => {
    waiting.length = 0;
    for (const answer of open) answer.reject(Object.assign(new Error("exited"), { errorType: "Runtime.ExitError" }));
    open.clear();
  };

  return {
    crash,
    boot: () => {
      const preprocess = awsPreprocess();
      const answers = new Map<Delivery, Answer>();
      return {
        receive: async () => {
          mapping.start();
          if (waiting.length === 0) {
            arrived = Promise.withResolvers();
            await Promise.race([arrived.promise, mapping.drained()]);
          }
          const next = waiting.shift();
          if (!next) return undefined;
          const delivery = preprocess.receive({ event: next.event, context: CONTEXT });
          answers.set(delivery, next.answer);
          return delivery;
        },
        answer: async (delivery, outcome) => answers.get(delivery)?.resolve(preprocess.answer(delivery, outcome)),
      };
    },
    close: async () => {
      const stopped = mapping.stop();
      crash();
      await stopped;
      source.close();
    },
  };
}
