import { WAYS, type Way } from "./azure-store";
import type { CoreResult } from "./core";
import type { InferenceResult } from "./inference";
import type { FlatResult, RunResult, ScaleResult } from "./local";
import { type AwsResult, type AzureResult, type GcpResult, isMet, type Results, type Target, targets } from "./targets";

/** A Markdown table, aligned so that it reads on a terminal too. */
function table(header: string[], rows: string[][]): string {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}

export function coreTable(results: readonly CoreResult[]): string {
  const header = [
    "events",
    "us/event",
    "hand-written, same guards",
    "hand-written, no guards",
    "Powertools, one run",
    "Powertools, as documented",
    "middy",
  ];
  return table(
    header,
    results.map(({ records, bytes, against }) => [
      `${records} of ${bytes} bytes`,
      against.hand.ownUs.toFixed(2),
      ...[against.hand, against.bare, against.powertools, against.powertoolsPerRecord, against.middy].map(({ ratio }) =>
        times(ratio),
      ),
    ]),
  );
}

export function inferenceTable(results: readonly InferenceResult[]): string {
  return table(
    ["rows per run", "us/row", "onnxruntime-node by hand"],
    results.map(({ batch, against }) => [String(batch), against.ownUs.toFixed(2), times(against.ratio)]),
  );
}

export function localTable(run: RunResult, scale: ScaleResult, flat: FlatResult): string {
  const [, early, late] = flat.at;
  const perSecond = (rate: number) => `${Math.round(rate).toLocaleString("en-US")}/s`;
  return table(
    ["embedded platform", "measured", "against", "ratio"],
    [
      [
        `sluice run, ${count(run.events)} events`,
        perSecond(run.runPerSecond),
        `bare append ${perSecond(run.appendPerSecond)}`,
        times(run.ratio),
      ],
      [
        "the same pipeline by hand, one process, no log",
        perSecond(run.handPerSecond),
        "bare append",
        times(run.handRatio),
      ],
      [
        `two workers, ${count(scale.events)} events`,
        perSecond(scale.twoPerSecond),
        `one worker ${perSecond(scale.onePerSecond)}`,
        times(scale.ratio),
      ],
      ["two processes that only parse", "", "one such process: what the machine allows", times(scale.machine)],
      [
        "time per event at 10^6",
        `${late!.us.toFixed(2)} us`,
        `at 10^5 ${early!.us.toFixed(2)} us`,
        times(late!.us / early!.us),
      ],
      [
        "memory at 10^6",
        `${Math.round(late!.rssMb)} MB`,
        `at 10^5 ${Math.round(early!.rssMb)} MB`,
        times(late!.rssMb / early!.rssMb),
      ],
    ],
  );
}

export function awsTable({ start, handler }: AwsResult): string {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return [
    table(
      ["AWS", "Sluice", "the other", "Sluice / the other"],
      [
        [
          "start to handler, the SDK unbundled",
          ms(start.loadedMs.own),
          ms(start.loadedMs.unbundled),
          start.againstUnbundled.toFixed(2),
        ],
        [
          "start to handler, a default bundle",
          ms(start.loadedMs.own),
          ms(start.loadedMs.bundled),
          start.againstBundled.toFixed(2),
        ],
        [
          "start to first batch stored, raw requests",
          ms(start.storedMs.own),
          ms(start.storedMs.raw),
          start.againstRaw.toFixed(2),
        ],
      ],
    ),
    table(
      ["handler, batches of 100", "us/event", "core / handler"],
      [
        ["event to rows", handler.rows.ownUs.toFixed(2), times(handler.rows.ratio)],
        [
          "event to stored items, a client that answers at once",
          handler.items.ownUs.toFixed(2),
          times(handler.items.ratio),
        ],
      ],
    ),
  ].join("\n\n");
}

export function gcpTable({ start, batching, store }: GcpResult): string {
  return table(
    ["Google Cloud", "Sluice", "the other", "Sluice / the other"],
    [
      [
        "start to handler, the client libraries alone",
        `${start.loadedMs.own.toFixed(0)} ms`,
        `${start.loadedMs.clients.toFixed(0)} ms`,
        start.againstClients.toFixed(3),
      ],
      [
        "messages per second, 80 at a time, one call each",
        `${batching.perSecond.joined.toFixed(0)}/s`,
        `${batching.perSecond.alone.toFixed(0)}/s`,
        batching.throughput.toFixed(2),
      ],
      [
        "latency of one at a time, one call each",
        `${batching.idleMs.joined.toFixed(1)} ms`,
        `${batching.idleMs.alone.toFixed(1)} ms`,
        batching.idle.toFixed(3),
      ],
      [
        "CPU of a stored row, BulkWriter",
        `${store.ownUs.toFixed(0)} us`,
        `${store.bulkUs.toFixed(0)} us`,
        store.ratio.toFixed(2),
      ],
    ],
  );
}

const WAY_NAMES: Readonly<Record<Way, string>> = {
  own: "Sluice",
  executeBulk: "items.executeBulkOperations",
  bulk: "items.bulk",
  batchPerKey: "items.batch per key",
  upserts: "items.upsert, all at once",
};

export function azureTable({ start, store }: AzureResult): string {
  return [
    table(
      ["Azure", "Sluice", "the other", "Sluice / the other"],
      [
        [
          "start to handler, the SDKs alone",
          `${start.loadedMs.own.toFixed(0)} ms`,
          `${start.loadedMs.sdks.toFixed(0)} ms`,
          start.againstSdks.toFixed(3),
        ],
        [
          "memory then",
          `${start.rssMb.own.toFixed(0)} MB`,
          `${start.rssMb.sdks.toFixed(0)} MB`,
          (start.rssMb.own / start.rssMb.sdks).toFixed(2),
        ],
      ],
    ),
    table(
      ["100 documents of 10 keys to Cosmos DB", "ms", "CPU us/document"],
      WAYS.map((way) => [WAY_NAMES[way], store.wallMs[way].toFixed(1), store.cpuUs[way].toFixed(0)]),
    ),
  ].join("\n\n");
}

export function targetTable(results: Results): string {
  const row = (target: Target) => {
    const { name, bound, atMost, measured } = target;
    return [name, `${atMost ? "at most" : "at least"} ${bound}`, measured.toFixed(2), isMet(target) ? "met" : "MISSED"];
  };
  return table(["target", "ratio", "measured", ""], targets(results).map(row));
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} x`;
}

function count(events: number): string {
  return events.toLocaleString("en-US");
}
