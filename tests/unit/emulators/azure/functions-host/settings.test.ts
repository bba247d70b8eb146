import { describe, expect, it } from "@jest/globals";
import { resolveHostJson } from "../../../../../emulators/azure/functions-host/host-json";
import { toRegistration } from "../../../../../emulators/azure/functions-host/registration";
import type { FunctionMetadata } from "../../../../../emulators/azure/functions-host/rpc";

const eventHubs = (settings: Record<string, unknown>) => resolveHostJson({ extensions: { eventHubs: settings } });
const BINDING = { type: "eventHubTrigger", cardinality: "many", eventHubName: "%HUB%", consumerGroup: "sluice" };

function functionOf(changes: Partial<FunctionMetadata> = {}): FunctionMetadata {
  return { name: "process", bindings: { messages: BINDING }, ...changes };
}

describe("host.json", () => {
  it("has the extension's defaults", () => {
    expect(resolveHostJson({ version: "2.0" })).toEqual({
      maxEventBatchSize: 100,
      minEventBatchSize: 1,
      maxWaitMs: 60_000,
      batchCheckpointFrequency: 1,
      initialOffset: "start",
      functionTimeoutMs: 1_800_000,
    });
  });

  it("sets sizes, times and where to start", () => {
    const settings = resolveHostJson({
      functionTimeout: "-1",
      extensions: {
        eventHubs: {
          maxEventBatchSize: 10,
          minEventBatchSize: 5,
          maxWaitTime: "00:02:03",
          initialOffsetOptions: { type: "fromEnqueuedTime", enqueuedTimeUtc: "2026-01-01T00:00:00Z" },
        },
      },
    });

    expect(settings).toMatchObject({
      minEventBatchSize: 5,
      maxWaitMs: 123_000,
      initialOffset: { after: Date.UTC(2026, 0, 1) },
      functionTimeoutMs: Number.POSITIVE_INFINITY,
    });
  });

  it.each([
    ["maxEventBatchSize", { maxEventBatchSize: 0 }],
    ["batchCheckpointFrequency", { batchCheckpointFrequency: 0 }],
    ["less than maxEventBatchSize", { minEventBatchSize: 100 }],
    ["at most 10 minutes", { maxWaitTime: "00:10:01" }],
    ["hh:mm:ss", { maxWaitTime: "60" }],
    ["the type fromMiddle", { initialOffsetOptions: { type: "fromMiddle" } }],
  ])("is refused with a word about %s", (reason, settings) => {
    expect(() => eventHubs(settings)).toThrow(reason);
  });
});

describe("what a function registers", () => {
  it("is read with its settings filled in", () => {
    const registration = toRegistration([functionOf({ functionId: "id" })], { HUB: "events" });

    expect(registration).toEqual({
      name: "process",
      functionId: "id",
      binding: { ...BINDING, name: "messages", eventHubName: "events" },
      retry: undefined,
    });
  });

  it("may have a retry policy", () => {
    const retryOptions = {
      retryStrategy: "exponentialBackoff",
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 60 },
    };

    const { retry } = toRegistration([functionOf({ retryOptions })], { HUB: "events" });

    expect(retry).toEqual({
      strategy: "exponentialBackoff",
      minimumSeconds: 1,
      maximumSeconds: 60,
      maxRetryCount: -1,
    });
  });

  it.each([
    ["no function", [], "0 functions"],
    ["two functions", [functionOf(), functionOf()], "2 functions"],
    ["one event at a time", [functionOf({ bindings: { one: { ...BINDING, cardinality: "one" } } })], "one event"],
    ["an unknown setting", [functionOf({ bindings: { one: { ...BINDING, consumerGroup: "%NO%" } } })], "'%NO%'"],
    [
      "a shortest pause above the longest",
      [functionOf({ retryOptions: { retryStrategy: "exponentialBackoff", minimumInterval: { seconds: 1 } } })],
      "minimumInterval",
    ],
  ])("is refused for %s", (_, functions, reason) => {
    expect(() => toRegistration(functions, { HUB: "events" })).toThrow(reason);
  });
});
