import { appendFileSync } from "node:fs";
import path from "node:path";
import { ALIAS, AWS, ENDPOINT, ENDPOINT_CONFIGURATION, FUNCTION, MODEL, OBJECT, POLICY } from "./aws-stack";
import { replaced, succeeded, updated } from "./expect";
import { liveThrough, noChanges } from "./lifecycle";
import type { Bench, Scenario } from "./scenario";

/** The last field of a model's file may be given again: field 6, `doc_string`, of 4 bytes. The model stays the same model. */
const DOC_STRING = Buffer.from([0x32, 4, ...Buffer.from("2026")]);

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
  const { pulumi, step, workspace } = bench;
  appendFileSync(path.join(workspace.folder, "examples/card-fraud/model.onnx"), DOC_STRING);
  await step("up of a new model", pulumi.up, (outcome) => {
    succeeded(outcome);
    replaced(outcome, {
      [OBJECT]: ["key"],
      [MODEL]: ["primaryContainer"],
      [ENDPOINT_CONFIGURATION]: ["productionVariants"],
    });
    const others = outcome.steps.filter(({ type }) => ![OBJECT, MODEL, ENDPOINT_CONFIGURATION].includes(type));
    updated(
      { ...outcome, steps: others },
      // The function learns of the model's version, which it writes into each row.
      { [ENDPOINT]: ["endpointConfigName"], [FUNCTION]: ["code"], [ALIAS]: ["functionVersion"] },
    );
  });
  await noChanges(bench);
}
