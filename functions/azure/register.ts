import { app, type InvocationContext } from "@azure/functions";
import { clip, messageOf } from "../../shared/errors";
import { type Backoff, DEFAULT_BACKOFF, readBackoff } from "./backoff";
import type { Handler } from "./batches";
import { CANNOT_START, CONNECTION, CONSUMER_GROUP, FUNCTION, READY } from "./trigger";

/** What the function's code exports. */
export interface Loaded {
  /** @param signal Aborts when the host ends the process. */
  open(signal: AbortSignal): Promise<Handler>;
}

/**
 * Registers the function with the host, at once, and begins to load its code beside that. Batches wait for it. While it
 * cannot be opened the log says why, and every batch is handed back: none is passed over.
 */
export function register(load: () => Promise<Loaded>, environment = process.env): void {
  const shutdown = new AbortController();
  const underWay = new Set<Promise<void>>();
  const open = opener(async () => (await load()).open(shutdown.signal));
  open().then(
    () => console.log(READY),
    () => {},
  );

  async function run(messages: unknown, context: InvocationContext): Promise<void> {
    const handle = await open();
    await handle(messages, context);
  }

  const { minSeconds, maxSeconds } = backoffOf(environment);
  app.generic(FUNCTION, {
    trigger: {
      type: "eventHubTrigger",
      name: "messages",
      connection: CONNECTION,
      eventHubName: environment["SLUICE_HUB"] ?? "",
      consumerGroup: environment["SLUICE_CONSUMER_GROUP"] || CONSUMER_GROUP,
      cardinality: "many",
      // Otherwise the host makes text of each body, and what is no UTF-8 is spoiled.
      dataType: "binary",
    },
    retry: {
      strategy: "exponentialBackoff",
      maxRetryCount: -1,
      minimumInterval: { seconds: minSeconds },
      maximumInterval: { seconds: maxSeconds },
    },
    handler: (messages: unknown, context: InvocationContext) => {
      const processing = run(messages, context).finally(() => underWay.delete(processing));
      underWay.add(processing);
      return processing;
    },
  });
  app.hook.appTerminate(async () => {
    shutdown.abort();
    await Promise.allSettled(underWay);
  });
}

/** Opens once; a failure is said once, and not kept: the next batch tries again. */
function opener(open: () => Promise<Handler>): () => Promise<Handler> {
  let opening: Promise<Handler> | undefined;
  let said: string | undefined;
  return () => {
    opening ??= open().catch((thrown: unknown) => {
      opening = undefined;
      const text = messageOf(thrown);
      if (text !== said) console.error(`${CANNOT_START}: ${clip(text)}`);
      said = text;
      throw thrown;
    });
    return opening;
  };
}

/** What is wrong with it the function's own settings say. */
function backoffOf(environment: NodeJS.ProcessEnv): Backoff {
  try {
    return readBackoff(environment);
  } catch {
    return DEFAULT_BACKOFF;
  }
}
