import { describe, expect, it } from "@jest/globals";
import { resolveHostJson } from "../../../../emulators/azure/functions-host/host-json";
import { hostJson } from "../../../../functions/azure/trigger";

const parsed = (text: string) => JSON.parse(text);

describe("host.json", () => {
  it("is what the Event Hubs extension takes, with a checkpoint after every batch", () => {
    const settings = resolveHostJson(parsed(hostJson()));

    expect(settings).toMatchObject({
      maxEventBatchSize: 100,
      batchCheckpointFrequency: 1,
      initialOffset: "start",
      functionTimeoutMs: 60_000,
    });
  });

  it("has what the deployment says", () => {
    const text = hostJson({
      maxEventBatchSize: 20,
      prefetchCount: 60,
      targetUnprocessedEvents: 500,
      timeoutSeconds: 3_725,
    });

    expect(parsed(text)).toMatchObject({
      functionTimeout: "01:02:05",
      extensions: {
        eventHubs: { maxEventBatchSize: 20, prefetchCount: 60, targetUnprocessedEventThreshold: 500 },
      },
    });
  });

  it("lets the platform choose the version of the extensions, of the line that has version 6 of Event Hubs", () => {
    expect(parsed(hostJson()).extensionBundle).toEqual({
      id: "Microsoft.Azure.Functions.ExtensionBundle",
      version: "[4.0.0, 5.0.0)",
    });
  });

  it("keeps every line of ours and every failure, of the host only its results, and is not in OpenTelemetry mode, which samples nothing", () => {
    const { logging, telemetryMode } = parsed(hostJson());

    expect(logging.applicationInsights.samplingSettings.excludedTypes.split(";")).toEqual(["Exception", "Trace"]);
    expect(logging.logLevel).toEqual({
      default: "Warning",
      "Host.Results": "Information",
      "Host.Function.Console": "Information",
    });
    expect(telemetryMode).toBeUndefined();
  });
});
