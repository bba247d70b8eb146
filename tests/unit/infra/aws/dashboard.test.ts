import { describe, expect, it } from "@jest/globals";
import { emfTelemetry } from "../../../../adapters/aws/telemetry";
import { dashboardBody, type Shown } from "../../../../infra/aws/dashboard";

const shown: Shown = {
  region: "us-east-1",
  pipeline: "card-fraud",
  function: "worker",
  stream: "stream",
  table: "table",
  queue: "queue",
  endpoint: undefined,
};

describe("the dashboard", () => {
  it("shows each chart in a place of its own", () => {
    const widgets = widgetsOf(shown);

    expect(new Set(widgets.map(({ x, y }) => `${x}/${y}`)).size).toBe(widgets.length);
    expect(new Set(widgets.map(({ properties }) => properties.title)).size).toBe(widgets.length);
  });

  it("reads the metrics that the function writes, by pipeline", () => {
    const written = metricsOfBatch();

    const read = widgetsOf(shown)
      .flatMap(({ properties }) => properties.metrics)
      .filter(([namespace]) => namespace === "Sluice");

    expect(read.length).toBeGreaterThan(5);
    for (const [, metric, ...dimensions] of read) {
      expect(written).toContain(metric);
      expect(dimensions).toEqual(["pipeline", "card-fraud"]);
    }
  });

  it("shows the endpoint only if there is one", () => {
    const isEndpoint = ({ properties }: Widget) => properties.title.startsWith("Endpoint");

    expect(widgetsOf(shown).some(isEndpoint)).toBe(false);
    expect(widgetsOf({ ...shown, endpoint: "model" }).some(isEndpoint)).toBe(true);
  });
});

/** Names of the metrics in the line of one batch. */
function metricsOfBatch(): string[] {
  let line = "";
  const telemetry = emfTelemetry({
    write: (text) => {
      line = text;
    },
  });
  telemetry({
    type: "batch",
    pipeline: "card-fraud",
    partition: "shardId-000000000000",
    ...{ received: 1, stored: 1, duplicates: 0, deadLettered: 0, retried: 0 },
    reasons: {},
    stages: { decode: 1, infer: 1, store: 1, actions: 1, deadletter: 0 },
    totalMs: 4,
    endToEndMs: 900,
    modelVersion: "sha256:0",
  });
  const [{ Metrics: metrics }] = JSON.parse(line)._aws.CloudWatchMetrics;
  return metrics.map(({ Name }: { Name: string }) => Name);
}

interface Widget {
  x: number;
  y: number;
  properties: { title: string; metrics: string[][] };
}

function widgetsOf(shown: Shown): Widget[] {
  return (JSON.parse(dashboardBody(shown)) as { widgets: Widget[] }).widgets;
}
