import { definePipeline, type Pipeline, type Random, seededRandom } from "sluice";
import * as z from "zod";

/** The events of the benchmarks, in the three shapes that streams are made of; bytes are of the JSON text. */
export type Shape = "s" | "m" | "l";

const FEATURES = 16;
const TEXTS = ["site", "region", "firmware", "model", "unit", "line", "kind"] as const;
const TAGS = Array.from({ length: 12 }, (_, i) => `tag${i}`);
const MODEL = { file: "models/mlp16.onnx", outputs: { score: { width: 1 } } } as const;

interface Reading {
  id: string;
  device: string;
  ts: number;
}

interface Compact extends Reading {
  v: number[];
}

type FeatureName = `f${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15}`;

type Named = Reading & Record<(typeof TEXTS)[number], string> & Record<FeatureName, number>;

const reading = { id: z.string(), device: z.string(), ts: z.int() };
const texts = Object.fromEntries(TEXTS.map((name) => [name, z.string()]));
const numbers = Object.fromEntries(Array.from({ length: FEATURES }, (_, i) => [`f${i}`, z.number()]));
const tags = Object.fromEntries(TAGS.map((name) => [name, z.string()]));

/** The pipeline for a shape: 16 features as they are, one score. */
export function pipelineFor(shape: Shape): Pipeline {
  const common = {
    name: "bench",
    model: MODEL,
    id: (e: Reading) => e.id,
    key: (e: Reading) => e.device,
    time: (e: Reading) => e.ts,
  };
  if (shape === "s") {
    const event = z.object({ ...reading, v: z.array(z.number()).length(FEATURES) }) as unknown as z.ZodType<Compact>;
    return definePipeline({ ...common, event, features: compactFeatures(), prediction: { score: (o) => o.score() } });
  }
  const shapeOf = { ...reading, ...texts, ...numbers, ...(shape === "l" ? tags : {}) };
  const event = z.object(shapeOf) as unknown as z.ZodType<Named>;
  return definePipeline({ ...common, event, features: namedFeatures(), prediction: { score: (o) => o.score() } });
}

/** `count` events as JSON text, the same for the same seed. */
export function events(shape: Shape, count: number, seed = 1): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify(shape === "s" ? compact(i, random) : named(i, random, shape)),
  );
}

function base(i: number, random: Random): Reading {
  return {
    id: `evt-${i}-${Math.floor(random() * 1e9).toString(36)}`,
    device: `dev-${i % 500}`,
    ts: 1_763_800_000_000 + i,
  };
}

function compact(i: number, random: Random) {
  return { ...base(i, random), v: Array.from({ length: FEATURES }, () => value(random)) };
}

function named(i: number, random: Random, shape: Shape) {
  const words = ["site-17", "eu-west-1", "4.18.2-rc1", "mx-9000-pro", "unit-33-b", "line-7", "telemetry"];
  return {
    ...base(i, random),
    ...Object.fromEntries(TEXTS.map((name, at) => [name, words[at]])),
    ...Object.fromEntries(Array.from({ length: FEATURES }, (_, at) => [`f${at}`, value(random)])),
    ...(shape === "l" ? Object.fromEntries(TAGS.map((name, at) => [name, `Zürich-Halle-${at}-${i % 97}`])) : {}),
  };
}

function value(random: Random): number {
  return Math.round(random() * 1e6) / 1e4;
}

// Written out, as a user writes them: each is a function of its own.
function compactFeatures() {
  return {
    f0: (e: Compact) => e.v[0]!,
    f1: (e: Compact) => e.v[1]!,
    f2: (e: Compact) => e.v[2]!,
    f3: (e: Compact) => e.v[3]!,
    f4: (e: Compact) => e.v[4]!,
    f5: (e: Compact) => e.v[5]!,
    f6: (e: Compact) => e.v[6]!,
    f7: (e: Compact) => e.v[7]!,
    f8: (e: Compact) => e.v[8]!,
    f9: (e: Compact) => e.v[9]!,
    f10: (e: Compact) => e.v[10]!,
    f11: (e: Compact) => e.v[11]!,
    f12: (e: Compact) => e.v[12]!,
    f13: (e: Compact) => e.v[13]!,
    f14: (e: Compact) => e.v[14]!,
    f15: (e: Compact) => e.v[15]!,
  };
}

function namedFeatures() {
  return {
    f0: (e: Named) => e.f0,
    f1: (e: Named) => e.f1,
    f2: (e: Named) => e.f2,
    f3: (e: Named) => e.f3,
    f4: (e: Named) => e.f4,
    f5: (e: Named) => e.f5,
    f6: (e: Named) => e.f6,
    f7: (e: Named) => e.f7,
    f8: (e: Named) => e.f8,
    f9: (e: Named) => e.f9,
    f10: (e: Named) => e.f10,
    f11: (e: Named) => e.f11,
    f12: (e: Named) => e.f12,
    f13: (e: Named) => e.f13,
    f14: (e: Named) => e.f14,
    f15: (e: Named) => e.f15,
  };
}
