import type { CoreResult, Reference } from "./core";
import type { InferenceResult } from "./inference";
import type { FlatResult, RunResult, ScaleResult } from "./local";
import { median } from "./measure";

export interface Results {
  core: CoreResult[];
  inference: InferenceResult[];
  run: RunResult;
  scale: ScaleResult;
  flat: FlatResult;
}

export interface Target {
  name: string;
  /** At least this, unless `atMost`. */
  bound: number;
  atMost?: boolean;
  measured: number;
}

/** What Sluice has set itself, as ratios of one run; absolute times belong to a machine, ratios to the code. */
export function targets(results: Results): Target[] {
  const { core, inference, run, scale, flat } = results;
  // The peers are compared on the event in the middle, half a kilobyte of named fields, at the three sizes of batch; the
  // table has the others.
  const middle = core.filter(({ shape }) => shape === "m");
  const against = (peer: Reference) => median(middle.map((result) => result.against[peer].ratio));
  const [, early, late] = flat.at;
  return [
    ...core.map(({ shape, records, against }) => ({
      name: `core, ${records} events of shape ${shape}, against the hand-written loop`,
      bound: 0.9,
      measured: against.hand.ratio,
    })),
    { name: "core against Powertools batch at its best", bound: 1.7, measured: against("powertools") },
    {
      name: "core against Powertools batch as documented",
      bound: 5,
      measured: against("powertoolsPerRecord"),
    },
    { name: "core against middy with its event normalizer", bound: 1.25, measured: against("middy") },
    ...inference
      .filter(({ batch }) => batch >= 100)
      .map(({ batch, against }) => ({
        name: `inference of ${batch} rows against onnxruntime-node`,
        bound: 0.95,
        measured: against.ratio,
      })),
    { name: "sluice run against appending the same rows", bound: 0.5, measured: run.ratio },
    { name: "two worker processes against one", bound: 1.7, measured: scale.ratio },
    { name: "time per event at 10^6 events against 10^5", bound: 1.1, atMost: true, measured: late!.us / early!.us },
    { name: "memory at 10^6 events against 10^5", bound: 1.1, atMost: true, measured: late!.rssMb / early!.rssMb },
  ];
}

export function isMet({ bound, atMost, measured }: Target): boolean {
  return atMost ? measured <= bound : measured >= bound;
}
