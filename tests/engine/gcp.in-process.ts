import { DATABASE, ENDPOINT, FUNCTION, GCP, OBJECT, PLACE, SERVICE, SUBSCRIPTION, TABLE } from "./gcp-stack";
import { liveThrough } from "./lifecycle";
import { outliveDestroy } from "./protection";
import type { Scenario } from "./scenario";

/** The stack file as it is committed, with a project. */
export const scenario: Scenario = {
  cloud: "gcp",
  name: "gcp in process",

  async run(bench) {
    await liveThrough(bench, {
      ...GCP,
      config: PLACE,
      has: [DATABASE, FUNCTION, OBJECT, SUBSCRIPTION, TABLE],
      hasNot: [ENDPOINT, SERVICE],
      outputs: {
        cloud: /^gcp$/,
        deadLetters: /^projects\/stand-in-project\/subscriptions\//,
        inference: /^in-process$/,
        ingest: /^projects\/stand-in-project\/topics\//,
        pipeline: /^card-fraud$/,
        region: /^us-central1$/,
        store: /^projects\/stand-in-project\/databases\/[^/]+\/documents\/predictions$/,
      },
      more: (bench) =>
        outliveDestroy(bench, {
          updates: { [DATABASE]: ["deleteProtectionState"], [TABLE]: ["deletionProtection"] },
          kept: [DATABASE, TABLE],
          because: /delete protection enabled|deletion_protection=false/,
        }),
    });
  },
};
