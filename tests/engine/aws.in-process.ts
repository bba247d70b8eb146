import { AWS, ENDPOINT, FIREHOSE, MAPPING, OBJECT, PROVISIONED, STREAM, TABLE } from "./aws-stack";
import { liveThrough } from "./lifecycle";
import { outliveDestroy } from "./protection";
import type { Scenario } from "./scenario";

/** The stack file as it is committed. */
export const scenario: Scenario = {
  cloud: "aws",
  name: "aws in process",

  async run(bench) {
    await liveThrough(bench, {
      ...AWS,
      config: {},
      has: [FIREHOSE, MAPPING, STREAM, TABLE],
      hasNot: [ENDPOINT, OBJECT, PROVISIONED],
      outputs: { cloud: /^aws$/, inference: /^in-process$/, pipeline: /^card-fraud$/, region: /^us-east-1$/ },
      more: (bench) =>
        outliveDestroy(bench, {
          updates: { [TABLE]: ["deletionProtectionEnabled"] },
          kept: [TABLE],
          because: /protected against deletion/,
        }),
    });
  },
};
