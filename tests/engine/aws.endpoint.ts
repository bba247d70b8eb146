import { ALIAS, AWS, ENDPOINT, ENDPOINT_CONFIGURATION, FUNCTION, MODEL, OBJECT, POLICY } from "./aws-stack";
import { editModel } from "./edits";
import { change, liveThrough, noChanges } from "./lifecycle";
import type { Bench, Scenario } from "./scenario";

/** The model behind a SageMaker endpoint that scales, with an address for alarms and a budget. */
export const scenario: Scenario = {
  cloud: "aws",
  name: "aws endpoint",

  async run(bench) {
    await liveThrough(bench, {
      ...AWS,
      config: {
        inference: "endpoint",
        modelImage: "123456789012.dkr.ecr.us-east-1.amazonaws.com/sluice:1",
        endpointProvisioned: { min: 1, max: 2 },
        alarmEmail: "oncall@example.com",
        monthlyBudgetUsd: 50,
      },
      has: [
        ENDPOINT,
        MODEL,
        OBJECT,
        POLICY,
        "aws:budgets/budget:Budget",
        "aws:sns/topicSubscription:TopicSubscription",
      ],
      hasNot: [],
      outputs: { inference: /^sluice-aws-endpoint-[0-9a-f]{7}$/ },
      more: deployModel,
    });
  },
};

/** A new model takes the old one's place without an endpoint that is down: the endpoint itself is only pointed elsewhere. */
async function deployModel(bench: Bench): Promise<void> {
  await change(bench, "model", {
    make: editModel,
    replaces: {
      [OBJECT]: ["key"],
      [MODEL]: ["primaryContainer"],
      [ENDPOINT_CONFIGURATION]: ["productionVariants"],
    },
    // The function learns of the model's version, which it writes into each row.
    updates: { [ENDPOINT]: ["endpointConfigName"], [FUNCTION]: ["code"], [ALIAS]: ["functionVersion"] },
  });
  await noChanges(bench);
}
