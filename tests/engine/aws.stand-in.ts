import assert from "node:assert/strict";
import path from "node:path";
import { replaced, succeeded } from "./expect";
import { noChanges } from "./lifecycle";
import type { Outcome, Step } from "./pulumi";
import type { Bench, Scenario } from "./scenario";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";

const REFUSED: readonly { mode: string; because: RegExp }[] = [
  { mode: "shards-on-demand", because: /shardCount must not be set when streamMode is ON_DEMAND/ },
  { mode: "misspelt", because: /has no property "streamModes"/ },
  { mode: "wrong-type", because: /expected number, got string/ },
  { mode: "unlisted", because: /does not know aws:ecr\/repository:Repository.*generate\.ts/s },
  { mode: "unanswered", because: /does not answer aws:index\/getAvailabilityZones/ },
];

/** What the other scenarios rely on: that the stand-in provider refuses, and replaces, as the real one does. */
export const scenario: Scenario = {
  cloud: "aws",
  name: "aws stand-in",
  project: path.join(__dirname, "fixture"),

  async run(bench) {
    const { pulumi, step, workspace } = bench;
    workspace.configure({
      "aws:region": "us-east-1",
      mode: "plain",
      logGroupClass: "STANDARD",
      startingPosition: "LATEST",
    });
    await refuseInPreview(bench);

    workspace.configure({ mode: "hurried" });
    await step(
      "a mapping before its role's policy",
      pulumi.up,
      refusal(/has no permission to call kinesis:GetRecords/),
    );
    workspace.configure({ mode: "plain" });
    await step("the same, in order", pulumi.up, succeeded);
    await noChanges(bench);

    await replaceNames(bench);
    await replaceMapping(bench);
    await step("destroy", pulumi.destroy, (outcome) => {
      succeeded(outcome);
      assert.deepEqual(workspace.cloud(), []);
    });
  },
};

async function refuseInPreview({ pulumi, step, workspace }: Bench): Promise<void> {
  for (const { mode, because } of REFUSED) {
    workspace.configure({ mode });
    await step(`preview: ${mode}`, pulumi.preview, refusal(because));
  }
}

/** A name of the provider's own lets old and new live side by side; a name of the program's does not. */
async function replaceNames({ pulumi, step, workspace }: Bench): Promise<void> {
  const before = await pulumi.outputs();
  workspace.configure({ logGroupClass: "INFREQUENT_ACCESS" });
  await step("replacement with and without a name", pulumi.up, async (outcome) => {
    succeeded(outcome);
    const of = (name: string) => outcome.steps.filter((step) => step.name === name && step.type === LOG_GROUP);
    assert.deepEqual(operations(of("named")), ["delete-replaced", "replace", "create-replacement"]);
    replaced({ ...outcome, steps: of("unnamed") }, { [LOG_GROUP]: ["logGroupClass"] });
    const after = await pulumi.outputs();
    assert.equal(after["named"], before["named"]);
    assert.notEqual(after["unnamed"], before["unnamed"]);
  });
}

/** One stream and function have one mapping: the new one conflicts with the old one, unless that is deleted first. */
async function replaceMapping({ pulumi, step, workspace }: Bench): Promise<void> {
  workspace.configure({ startingPosition: "TRIM_HORIZON" });
  await step("a second mapping of stream and function", pulumi.up, refusal(/409 Conflict/));
  workspace.configure({ mode: "in-order" });
  await step("a mapping in the place of another", pulumi.up, (outcome) => {
    succeeded(outcome);
    const steps = outcome.steps.filter(({ type }) => type === MAPPING);
    assert.deepEqual(operations(steps), ["delete-replaced", "replace", "create-replacement"]);
  });
}

function refusal(because: RegExp): (outcome: Outcome) => void {
  return ({ code, errors }) => {
    assert.notEqual(code, 0);
    assert.match(errors.join("\n"), because);
  };
}

function operations(steps: readonly Step[]): string[] {
  return steps.map(({ op }) => op);
}
