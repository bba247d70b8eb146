import type { InvocationContext } from "@azure/functions";
import type { Delivery } from "sluice";
import { azurePreprocess } from "../../../adapters/azure/preprocess";
import type { Hub } from "../../../emulators/azure/event-hubs";
import { type FunctionsHost, type InProcessWorker, openFunctionsHost } from "../../../emulators/azure/functions-host";
import type { Host } from "../cloud-harness";

interface Invocation {
  messages: unknown;
  context: InvocationContext;
  answer: PromiseWithResolvers<void>;
}

const RETRIES = 4;

/** The host with the retry policy that the function registers, without its pauses. */
export function hostOf(hub: Hub, consumerGroup: string): Host {
  const waiting: Invocation[] = [];
  let arrived = Promise.withResolvers<void>();
  const worker: InProcessWorker = {
    registration: {
      dataType: "binary",
      cardinality: "many",
      retry: { strategy: "fixedDelay", delaySeconds: 0, maxRetryCount: -1 },
    },
    start: () => (messages, context) => {
      const answer = Promise.withResolvers<void>();
      waiting.push({ messages, context, answer });
      arrived.resolve();
      return answer.promise;
    },
  };
  let opening: Promise<FunctionsHost> | undefined;
  /** Once something is asked for: a host takes what is there, and a test has put all of it there by then. */
  const opened = () => {
    opening ??= openFunctionsHost({ hub, consumerGroup, worker, hostJson: {} });
    return opening;
  };
  const crash = async () => {
    waiting.length = 0;
    (await opening)?.killWorker();
  };

  return {
    crash,
    boot: () => {
      const preprocess = azurePreprocess({ retries: RETRIES, deadlineMs: 60_000 });
      const answers = new Map<Delivery, Invocation["answer"]>();
      return {
        receive: async () => {
          const host = await opened();
          if (waiting.length === 0) {
            arrived = Promise.withResolvers();
            await Promise.race([arrived.promise, host.drained()]);
          }
          const next = waiting.shift();
          if (!next) return undefined;
          const delivery = preprocess.receive({ messages: next.messages, context: next.context });
          answers.set(delivery, next.answer);
          return delivery;
        },
        answer: async (delivery, outcome) => {
          const answer = answers.get(delivery);
          try {
            preprocess.answer(delivery, outcome);
            answer?.resolve();
          } catch (handedBack) {
            answer?.reject(handedBack);
          }
        },
      };
    },
    close: async () => {
      await crash();
      await (await opening)?.close();
    },
  };
}
