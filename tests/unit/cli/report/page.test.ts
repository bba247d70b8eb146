import { describe, expect, it } from "@jest/globals";
import { throughput } from "../../../../cli/report/data";
import { html, scriptData } from "../../../../cli/report/html";
import { page } from "../../../../cli/report/page";
import { createSamples } from "../../../../cli/run/samples";
import type { RunSummary } from "../../../../cli/run/summary";

const EVIL = `</script><script>alert(1)</script><img src=x onerror="alert('2')">`;

describe("the report", () => {
  it("lets no data become markup", () => {
    const { markup } = page({
      summary: summary({ source: EVIL, database: EVIL }),
      samples: [],
      style: "",
      script: "",
      library: "",
    });

    expect(markup).not.toContain("<img");
    expect(markup).not.toContain("<script>alert");
    expect(markup).toContain("&lt;img src=x");
  });

  it("refers to nothing outside itself", () => {
    const { markup } = page({ summary: summary({}), samples: [], style: "", script: "", library: "" });

    expect(markup).not.toMatch(/(src|href)=/);
    expect(markup).toContain("default-src 'none'");
  });

  it("shows the sum that proves that nothing was lost", () => {
    const { markup } = page({ summary: summary({}), samples: [], style: "", script: "", library: "" });

    expect(markup).toContain("1,000 accepted = 980 stored + 15 duplicates + 5 dead letters");
    expect(markup).toContain("Nothing lost");
  });

  it("says loudly if something is missing", () => {
    const lost = summary({ conservation: { holds: false, method: "audited", missing: 3 } });

    const { markup } = page({ summary: lost, samples: [], style: "", script: "", library: "" });

    expect(markup).toContain("3 events are missing");
    expect(markup).not.toContain("Nothing lost");
  });

  it("escapes what is put into a script, and it is the same data there", () => {
    const { markup } = scriptData({ text: "</script>\u2028" });

    expect(markup).not.toMatch(/[<\u2028]/);
    expect(JSON.parse(markup)).toEqual({ text: "</script>\u2028" });
  });

  it("escapes attributes and texts, and leaves out what is not there", () => {
    expect(html`<p class="${'"'}">${"<&>"}${null}${false}${0}</p>`.markup).toBe('<p class="&quot;">&lt;&amp;&gt;0</p>');
  });
});

describe("the throughput over time", () => {
  it("is the difference of samples divided by their distance", () => {
    const samples = [0, 1_000, 2_000].map((at) => ({ at, processed: at * 5, deadLettered: 0, waiting: 7 }));

    expect(throughput(samples)).toEqual({ seconds: [1, 2], perSecond: [5_000, 5_000], waiting: [7, 7] });
  });

  it("is empty for a run too short to have any", () => {
    expect(throughput([{ at: 0, processed: 0, deadLettered: 0, waiting: 0 }]).seconds).toEqual([]);
  });

  it("is kept in bounded memory, however long the run", () => {
    const samples = createSamples();

    for (let i = 0; i < 100_000; i++) samples.add({ at: i, processed: i, deadLettered: 0, waiting: 0 });

    expect(samples.list().length).toBeLessThanOrEqual(600);
    expect(samples.list().at(-1)?.at).toBeGreaterThan(99_000);
  });
});

function summary(fields: Partial<RunSummary>): RunSummary {
  return {
    pipeline: "card-fraud",
    pipelineVersion: "1",
    platform: "local",
    modelVersion: "sha256:1",
    source: "1,000 generated events (seed 1)",
    received: 1_000,
    accepted: 1_000,
    alreadyAccepted: 0,
    stored: 980,
    deadLettered: { total: 5, byReason: { json: 5 } },
    duplicates: 15,
    remaining: 0,
    actions: 0,
    conservation: { holds: true, method: "counted", missing: 0 },
    processed: 1_000,
    throughput: 10_000,
    elapsedMs: 100,
    startupMs: 200,
    workers: 2,
    partitions: 2,
    latency: { decode: null, infer: null, store: null, actions: null, deadletter: null, endToEnd: null },
    quality: null,
    database: "/tmp/db",
    report: null,
    startedAt: "2026-11-22T14:00:00.000Z",
    finishedAt: "2026-11-22T14:00:01.000Z",
    interrupted: false,
    alreadyFinished: false,
    ...fields,
  };
}
