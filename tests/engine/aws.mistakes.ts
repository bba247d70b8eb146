import { type Mistake, refuseAll } from "./mistakes";
import type { Scenario } from "./scenario";

const MISTAKES: readonly Mistake[] = [
  { title: "unknown inference mode", config: { inference: "gpu" }, key: "sluice:inference", fix: /in-process/ },
  {
    title: "no shards",
    config: { streamMode: "provisioned", shards: 0 },
    key: "sluice:shards",
    fix: /1/,
  },
  {
    title: "fewer reserved functions than shards",
    config: { streamMode: "provisioned", shards: 8, reservedConcurrency: 4 },
    key: "sluice:reservedConcurrency",
    fix: /\d/,
  },
  { title: "missing model", config: { model: "models/none.onnx" }, key: "sluice:model", fix: /[Cc]orrect the path/ },
  { title: "bad region", config: { "aws:region": "us-esat-1" }, key: "aws:region", fix: /us-east-1/ },
  { title: "misspelt key", config: { infernce: "endpoint" }, key: "sluice:infernce", fix: /inference/ },
  { title: "endpoint without image", config: { inference: "endpoint" }, key: "sluice:modelImage", fix: /image/i },
];

export const scenario: Scenario = {
  cloud: "aws",
  name: "aws mistakes",
  run: (bench) => refuseAll(bench, MISTAKES, { "aws:region": "us-east-1" }),
};
