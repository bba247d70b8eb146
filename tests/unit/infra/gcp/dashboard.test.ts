import { describe, expect, it } from "@jest/globals";
import { dashboardBody, type Shown } from "../../../../infra/gcp/dashboard";

const type = (name: string) => `logging.googleapis.com/user/sluice-gcp-metric-${name}`;
const shown: Shown = {
  title: "sluice-gcp-pipeline",
  function: "worker",
  push: "push",
  hold: "hold",
  database: "database",
  endpoint: undefined,
  metrics: {
    received: type("received"),
    stored: type("stored"),
    deadLettered: type("dead-lettered"),
    retried: type("retried"),
    endToEnd: type("end-to-end"),
    decode: type("decode"),
    infer: type("infer"),
    store: type("store"),
    total: type("total"),
  },
};

describe("the dashboard", () => {
  it("shows each chart in a place of its own, within its columns", () => {
    const { columns, tiles } = layoutOf(shown);

    expect(new Set(tiles.map(({ xPos, yPos }) => `${xPos}/${yPos}`)).size).toBe(tiles.length);
    expect(new Set(tiles.map(({ widget }) => widget.title)).size).toBe(tiles.length);
    for (const { xPos, width } of tiles) expect(xPos + width).toBeLessThanOrEqual(columns);
  });

  it("reads every metric of the function's log", () => {
    const body = dashboardBody(shown);

    for (const name of ["received", "stored", "dead_lettered", "retried"])
      expect(body).toContain(`logging_googleapis_com:user_sluice_gcp_metric_${name}_sum{`);
    for (const name of ["end-to-end", "decode", "infer", "store", "total"])
      expect(body).toContain(`metric.type=\\"${type(name)}\\"`);
  });

  it.each([
    ["cloud-run", 'resource.labels.service_name="model"'],
    ["vertex", 'resource.labels.endpoint_id="model"'],
  ] as const)("shows the endpoint only if there is one, on %s", (type, filter) => {
    const [plain, more] = [shown, { ...shown, endpoint: { type, name: "model" } }].map(dashboardBody);

    expect(plain).not.toContain("Endpoint, ms");
    expect(more).toContain("Endpoint, ms");
    expect(more).toContain(JSON.stringify(filter).slice(1, -1));
  });
});

interface Layout {
  columns: number;
  tiles: { xPos: number; yPos: number; width: number; widget: { title: string } }[];
}

function layoutOf(shown: Shown): Layout {
  return (JSON.parse(dashboardBody(shown)) as { mosaicLayout: Layout }).mosaicLayout;
}
