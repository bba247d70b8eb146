import { PLACE } from "./gcp-stack";
import { type Mistake, refuseAll } from "./mistakes";
import type { Scenario } from "./scenario";

const MISTAKES: readonly Mistake[] = [
  { title: "no project", config: { "gcp:project": undefined }, key: "gcp:project", fix: /gcloud projects list/ },
  { title: "bad region", config: { "gcp:region": "us-cetnral1" }, key: "gcp:region", fix: /us-central1/ },
  {
    title: "an endpoint's type without an endpoint",
    config: { endpointType: "vertex" },
    key: "sluice:endpointType",
    fix: /inference: endpoint/,
  },
  {
    title: "half a CPU for many messages",
    config: { cpu: 0.5, memoryMb: 512 },
    key: "sluice:cpu",
    fix: /set `concurrency` to 1/,
  },
  {
    title: "a deadline before the function's own",
    config: { ackDeadlineSeconds: 30 },
    key: "sluice:ackDeadlineSeconds",
    fix: /Raise it to 70/,
  },
  { title: "missing model", config: { model: "models/none.onnx" }, key: "sluice:model", fix: /[Cc]orrect the path/ },
  {
    title: "a key of another cloud",
    config: { notifyActions: true },
    key: "sluice:notifyActions",
    fix: /The keys are/,
  },
];

export const scenario: Scenario = {
  cloud: "gcp",
  name: "gcp mistakes",
  run: (bench) => refuseAll(bench, MISTAKES, PLACE),
};
