import { AWS, POLICY, PROVISIONED } from "./aws-stack";
import { liveThrough } from "./lifecycle";
import type { Scenario } from "./scenario";

/** Functions kept warm and scaled with the load, actions sent on, predictions also as lines, further tags. */
export const scenario: Scenario = {
  cloud: "aws",
  name: "aws provisioned concurrency",

  async run(bench) {
    await liveThrough(bench, {
      ...AWS,
      config: {
        provisionedConcurrency: { min: 2, max: 4 },
        notifyActions: true,
        ndjson: true,
        latest: true,
        ttlDays: 90,
        tags: { team: "payments" },
      },
      has: [
        PROVISIONED,
        POLICY,
        "aws:appautoscaling/target:Target",
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/eventTarget:EventTarget",
      ],
      hasNot: [],
      outputs: { actions: /^sluice-aws-bus-/ },
    });
  },
};
