import { describe, expect, it } from "@jest/globals";
import {
  type EventSourceMappingSettings,
  InvalidParameterValueException,
  resolveSettings,
} from "../../../../../emulators/aws/event-source-mapping/settings";

const settings = (overrides: Partial<EventSourceMappingSettings> = {}): EventSourceMappingSettings => ({
  startingPosition: "TRIM_HORIZON",
  ...overrides,
});

describe("the settings of an event source mapping", () => {
  it("have the service's defaults", () => {
    const resolved = resolveSettings(settings());

    expect(resolved).toEqual({
      batchSize: 100,
      windowMs: 0,
      parallelizationFactor: 1,
      bisect: false,
      reportsItemFailures: false,
      maximumRetryAttempts: Number.POSITIVE_INFINITY,
      maximumRecordAgeMs: Number.POSITIVE_INFINITY,
      startingPosition: "TRIM_HORIZON",
    });
  });

  it("are taken at both ends of their ranges", () => {
    const least = {
      batchSize: 1,
      maximumBatchingWindowInSeconds: 0,
      parallelizationFactor: 1,
      maximumRetryAttempts: -1,
      maximumRecordAgeInSeconds: 60,
    };
    const most = {
      batchSize: 10_000,
      maximumBatchingWindowInSeconds: 300,
      parallelizationFactor: 10,
      maximumRetryAttempts: 10_000,
      maximumRecordAgeInSeconds: 604_800,
    };

    expect(resolveSettings(settings(least)).maximumRecordAgeMs).toBe(60_000);
    expect(resolveSettings(settings(most)).windowMs).toBe(300_000);
    expect(resolveSettings(settings({ maximumRetryAttempts: 0 })).maximumRetryAttempts).toBe(0);
  });

  it.each<[string, Partial<EventSourceMappingSettings>]>([
    ["BatchSize", { batchSize: 0 }],
    ["BatchSize", { batchSize: 10_001, maximumBatchingWindowInSeconds: 1 }],
    ["BatchSize", { batchSize: 1.5 }],
    ["MaximumBatchingWindowInSeconds", { maximumBatchingWindowInSeconds: 301 }],
    ["MaximumBatchingWindowInSeconds", { batchSize: 11 }],
    ["ParallelizationFactor", { parallelizationFactor: 11 }],
    ["MaximumRetryAttempts", { maximumRetryAttempts: -2 }],
    ["MaximumRetryAttempts", { maximumRetryAttempts: 10_001 }],
    ["MaximumRecordAgeInSeconds", { maximumRecordAgeInSeconds: 59 }],
    ["MaximumRecordAgeInSeconds", { maximumRecordAgeInSeconds: 604_801 }],
    ["FunctionResponseTypes", { functionResponseTypes: ["ReportBatchItemFailure"] }],
    ["StartingPosition", { startingPosition: "AT_TIMESTAMP" as never }],
    ["Destination", { destinationConfig: { onFailure: { destination: "arn:aws:sqs:us-east-2:123456789012:dead" } } }],
  ])("are refused with the name of the wrong one: %s %j", (name, wrong) => {
    const resolve = () => resolveSettings(settings(wrong));

    expect(resolve).toThrow(InvalidParameterValueException);
    expect(resolve).toThrow(name);
  });

  it("take a batch of more than ten with a window of a second", () => {
    const { batchSize } = resolveSettings(settings({ batchSize: 11, maximumBatchingWindowInSeconds: 1 }));

    expect(batchSize).toBe(11);
  });

  it("take the ARN of a bucket as the destination", () => {
    const destinationConfig = { onFailure: { destination: "arn:aws:s3:::a-bucket" } };

    expect(() => resolveSettings(settings({ destinationConfig }))).not.toThrow();
  });
});
