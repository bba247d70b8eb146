import assert from "node:assert/strict";
import { GROUP, PLACE, withScm } from "./azure-stack";
import { allAre, succeeded } from "./expect";
import type { Scenario } from "./scenario";

const ACCOUNT = "azure-native:storage:StorageAccount";
const BLOBS = "azure-native:storage:BlobContainer";

/** The stack file as it is committed: what was archived and what failed outlive the stack, which can be made again. */
export const scenario: Scenario = {
  cloud: "azure",
  name: "azure let go",

  async run(bench) {
    const { pulumi, step, workspace } = bench;
    workspace.configure(PLACE);
    await withScm(bench, async () => {
      await step("up", pulumi.up, succeeded);
      await step("destroy", pulumi.destroy, async (outcome) => {
        succeeded(outcome);
        assert.deepEqual(await pulumi.state(), [], "nothing is left in the state");
        const left = workspace.cloud().map(({ type, outputs }) => [type, outputs["name"]]);
        const named = (type: string) => left.filter((one) => one[0] === type).map(([, name]) => name);
        assert.equal(named(GROUP).length, 1, "the group, which would take all with it");
        assert.equal(named(ACCOUNT).length, 1, "the account of the data, and not that of the host");
        assert.deepEqual(named(BLOBS).sort(), ["archive", "dead-letters", "results"]);
      });
      await step("up once more", pulumi.up, (outcome) => {
        succeeded(outcome);
        allAre(outcome, "create");
        assert.equal(workspace.cloud().filter(({ type }) => type === GROUP).length, 2);
      });
    });
  },
};
