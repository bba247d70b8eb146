import assert from "node:assert/strict";
import { AWS, ENDPOINT, FIREHOSE, MAPPING, OBJECT, PROVISIONED, STREAM, TABLE } from "./aws-stack";
import { inCloud, succeeded, theOnly, updated } from "./expect";
import { change, liveThrough } from "./lifecycle";
import type { Bench, Scenario } from "./scenario";

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
      more: protectTheTable,
    });
  },
};

/** A table that is protected outlives `destroy`; what was deleted before the refusal comes back with `up`. */
async function protectTheTable(bench: Bench): Promise<void> {
  const { pulumi, step, workspace } = bench;
  const updates = { [TABLE]: ["deletionProtectionEnabled"] };
  workspace.configure({ deletionProtection: true });
  await step("preview of deletion protection", pulumi.preview, (outcome) => updated(outcome, updates));
  await change(bench, "deletion protection", { make: () => {}, updates });
  await step("destroy of a protected table", pulumi.destroy, async ({ code, errors }) => {
    assert.notEqual(code, 0);
    assert.match(errors.join("\n"), /protected against deletion/);
    theOnly(inCloud(await pulumi.state()), TABLE);
  });
  workspace.configure({ deletionProtection: undefined });
  await step("up after the refusal", pulumi.up, (outcome) => {
    succeeded(outcome);
    const kept = { ...outcome, steps: outcome.steps.filter(({ op }) => op !== "create") };
    updated(kept, updates);
  });
}
