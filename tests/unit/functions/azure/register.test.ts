import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { ConfigError } from "sluice";
import type { Handler } from "../../../../functions/azure/batches";
import { READY } from "../../../../functions/azure/trigger";
import { settled } from "../../../support/manual-clock";

type Callback = (...given: unknown[]) => Promise<void>;

interface Metadata {
  name: string;
  bindings: Record<string, object>;
  retryOptions: object;
}

/** What @azure/functions tells the host's worker. */
const registered: { metadata: Metadata; callback: Callback }[] = [];
const hooks = new Map<string, (context: object) => Promise<void>>();

jest.mock(
  "@azure/functions-core",
  () => ({
    setProgrammingModel: () => {},
    registerFunction: (metadata: Metadata, callback: Callback) => registered.push({ metadata, callback }),
    registerHook: (name: string, hook: (context: object) => Promise<void>) => hooks.set(name, hook),
  }),
  { virtual: true },
);

import { register } from "../../../../functions/azure/register";

const CONTEXT = { triggerMetadata: {}, retryContext: undefined };
const mistake = new ConfigError("SLUICE_HUB is not set.", "the function's environment", "Deploy again.");
let said: string[];

beforeEach(() => {
  said = [];
  registered.length = 0;
  for (const method of ["error", "log"] as const)
    jest.spyOn(console, method).mockImplementation((line) => void said.push(String(line)));
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe("the function's registration", () => {
  it("is complete at once, before any of its code is there: batches of bytes, tried for ever", () => {
    register(() => new Promise(() => {}), {
      SLUICE_HUB: "events",
      SLUICE_MIN_BACKOFF_SECONDS: "2",
      SLUICE_MAX_BACKOFF_SECONDS: "60",
    });

    expect(registered.map(({ metadata }) => metadata)).toEqual([
      expect.objectContaining({
        name: "process",
        bindings: {
          messages: expect.objectContaining({
            type: "eventHubTrigger",
            direction: "in",
            connection: "SLUICE_EVENT_HUBS",
            eventHubName: "events",
            consumerGroup: "sluice",
            cardinality: "many",
            dataType: "binary",
          }),
        },
        retryOptions: expect.objectContaining({
          retryStrategy: "exponentialBackoff",
          maxRetryCount: -1,
          minimumInterval: { seconds: 2 },
          maximumInterval: { seconds: 60 },
        }),
      }),
    ]);
  });

  it("does not fail for pauses that are none: the settings say so later", () => {
    register(() => new Promise(() => {}), { SLUICE_HUB: "events", SLUICE_MIN_BACKOFF_SECONDS: "soon" });

    expect(registered[0]?.metadata.retryOptions).toMatchObject({ minimumInterval: { seconds: 10 } });
  });

  it("begins to load the code, which all batches share", async () => {
    const opened: AbortSignal[] = [];
    const seen: unknown[] = [];
    const handler: Handler = async (messages) => void seen.push(messages);
    const open = async (signal: AbortSignal) => {
      opened.push(signal);
      return handler;
    };
    register(async () => ({ open }), {});
    await settled();
    const before = opened.length;

    await Promise.all([call("a"), call("b")]);

    expect([before, opened.length]).toEqual([1, 1]);
    expect(seen).toEqual(["a", "b"]);
  });

  it("says when it takes batches, before the first", async () => {
    register(async () => ({ open: async () => async () => {} }), {});
    await settled();

    expect(said).toEqual([READY]);
  });

  it("says once what is wrong, and hands every batch back", async () => {
    register(async () => ({ open: () => Promise.reject(mistake) }), {});

    await expect(call("a")).rejects.toBe(mistake);
    await expect(call("b")).rejects.toBe(mistake);

    expect(said).toEqual([
      expect.stringContaining("error: the function cannot start: the function's environment: SLUICE"),
    ]);
  });

  it("tries again with the next batch: what was wrong may be over", async () => {
    let fails = true;
    const open = async (): Promise<Handler> => {
      if (fails) throw mistake;
      return async () => {};
    };
    register(async () => ({ open }), {});
    await expect(call("a")).rejects.toBe(mistake);

    fails = false;

    await expect(call("b")).resolves.toBeUndefined();
  });

  it("tells batches that the host ends the process, and lets the host wait for them", async () => {
    const told: unknown[] = [];
    const resume = Promise.withResolvers<void>();
    const open = (signal: AbortSignal): Promise<Handler> =>
      Promise.resolve(async () => {
        signal.addEventListener("abort", () => told.push("aborted"));
        await resume.promise;
        told.push("handed back");
        throw new Error("comes again");
      });
    register(async () => ({ open }), {});
    const batch = expect(call("a")).rejects.toThrow("comes again");
    await settled();

    const ended = hooks.get("appTerminate")!({ hookData: {}, appHookData: {} }).then(() => told.push("ended"));
    await settled();
    resume.resolve();
    await Promise.all([ended, batch]);

    expect(told).toEqual(["aborted", "handed back", "ended"]);
  });
});

function call(messages: unknown): Promise<void> {
  return registered.at(-1)!.callback(messages, CONTEXT);
}
