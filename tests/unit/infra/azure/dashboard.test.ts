import { describe, expect, it } from "@jest/globals";
import { logTelemetry } from "../../../../adapters/azure/telemetry";
import { logRules } from "../../../../infra/azure/alarm-rules";
import { dashboardBody, type Shown } from "../../../../infra/azure/dashboard";

const shown: Shown = {
  title: "sluice-azure-pipeline",
  namespace: "/hub",
  store: "/store",
  insights: "/insights",
  endpoint: undefined,
};

describe("the dashboard", () => {
  it("shows each chart under a title of its own", () => {
    const names = itemsOf(shown).map(({ name }) => name);

    expect(names.length).toBeGreaterThan(6);
    expect(new Set(names).size).toBe(names.length);
  });

  it("reads every number of the function's lines that it names", () => {
    const fields = new Set(fieldsIn(dashboardBody(shown) + JSON.stringify(logRules(watched))));

    const line = batchLine();
    expect(fields.size).toBeGreaterThan(8);
    for (const field of fields) expect(valueAt(line, field)).toEqual(expect.any(Number));
  });

  it.each([
    ["container-app", "ResponseTime"],
    ["azure-ml", "RequestLatency_P99"],
  ] as const)("shows the endpoint only if there is one, on %s", (type, metric) => {
    const [plain, more] = [shown, { ...shown, endpoint: { type, id: "/model" } }].map(dashboardBody);

    expect(plain).not.toContain("Endpoint, ms");
    expect(more).toContain("Endpoint, ms");
    expect(more).toContain(metric);
    expect(more).toContain('"resourceIds":["/model"]');
  });
});

const watched = { namespace: "/hub", store: "/store", insights: "/insights", logs: "/logs" };

interface Item {
  name: string;
}

function itemsOf(given: Shown): Item[] {
  return (JSON.parse(dashboardBody(given)) as { items: Item[] }).items;
}

/** `line.stages.decode` as `stages.decode`. */
function fieldsIn(text: string): string[] {
  return [...text.matchAll(/\bline\.([\w.]+)\)/g)].map(([, field]) => field!);
}

function batchLine(): object {
  let written = "";
  const telemetry = logTelemetry({ write: (line) => (written += line), requestUnits: () => 5 });
  telemetry({
    type: "batch",
    pipeline: "pumps",
    partition: "0",
    received: 1,
    stored: 1,
    duplicates: 0,
    deadLettered: 0,
    retried: 0,
    reasons: {},
    stages: { decode: 1, infer: 1, store: 1, actions: 1, deadletter: 1 },
    totalMs: 5,
    endToEndMs: 9,
    modelVersion: "1",
  });
  return JSON.parse(written) as object;
}

function valueAt(line: object, field: string): unknown {
  return field.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], line);
}
