import assert from "node:assert/strict";
import type { ScmEmulator } from "../../emulators/azure/scm";
import {
  ACCOUNT,
  AZURE,
  CODE,
  CONSUMER_GROUP,
  CONTAINER,
  ENDPOINT,
  FUNCTION,
  HUB,
  LOCK,
  PLACE,
  RIGHT,
  SERVICE,
  SETTINGS,
  withScm,
} from "./azure-stack";
import { editModel } from "./edits";
import { inCloud, replaced, succeeded } from "./expect";
import { change, liveThrough, noChanges } from "./lifecycle";
import { outliveDestroy } from "./protection";
import type { Bench, Scenario } from "./scenario";

/** The stack file as it is committed, with a subscription; nothing is to stay behind. */
export const scenario: Scenario = {
  cloud: "azure",
  name: "azure in process",

  async run(bench) {
    await withScm(bench, async (scm) => {
      await liveThrough(bench, {
        ...AZURE,
        config: { ...PLACE, forceDestroy: true },
        has: [ACCOUNT, CONTAINER, FUNCTION, HUB],
        hasNot: [ENDPOINT, SERVICE],
        outputs: {
          actions: /^https:\/\/[a-z0-9-]+\.westeurope-1\.eventgrid\.azure\.net\/api\/events$/,
          cloud: /^azure$/,
          deadLetters: /^https:\/\/[a-z0-9]+\.blob\.core\.windows\.net\/dead-letters$/,
          inference: /^in-process$/,
          ingest: /^sb:\/\/[a-z0-9-]+\.servicebus\.windows\.net\/events$/,
          pipeline: /^card-fraud$/,
          region: /^westeurope$/,
          store: /^https:\/\/[a-z0-9-]+\.documents\.azure\.com\/dbs\/[^/]+\/colls\/predictions$/,
        },
        more: (bench) => settle(bench, scm),
      });
    });
  },
};

/** What a running stack sees besides code: another model, other settings, and an upload that fails. */
async function settle(bench: Bench, scm: ScmEmulator): Promise<void> {
  await change(bench, "model", { make: editModel, updates: { [CODE]: [] } });
  assert.equal(scm.deployments.length, 3, "the code was uploaded once, and with each change of code or model");

  await change(bench, "retention and retries", {
    make: (workspace) => workspace.configure({ retentionHours: 48, retries: 3 }),
    updates: {
      [HUB]: ["retentionDescription.retentionTimeInHours"],
      [SETTINGS]: ["properties.SLUICE_RETRIES"],
    },
  });
  assert.equal(scm.deployments.length, 3, "settings need no upload");
  await refuseCode(bench, scm);
  await noChanges(bench);
  await seeReplacements(bench);
  await outliveDestroy(bench, {
    updates: {},
    adds: [LOCK],
    kept: [ACCOUNT, CONTAINER],
    // Azure's own lock, or Pulumi's, whichever is met first.
    because: /ScopeLocked|protected/,
  });
}

/** What cannot be changed in place is shown as what it is. */
async function seeReplacements({ pulumi, step, workspace }: Bench): Promise<void> {
  workspace.configure({ partitions: 16 });
  await step("preview of more partitions", pulumi.preview, (outcome) => {
    succeeded(outcome);
    // The group that reads and the right to read are the hub's.
    replaced(outcome, { [HUB]: ["partitionCount"], [CONSUMER_GROUP]: [], [RIGHT]: [] }, "first");
  });
  workspace.configure({ partitions: undefined, maxRequestUnits: 4000 });
  await step("preview of a throughput of its own instead of serverless", pulumi.preview, (outcome) => {
    succeeded(outcome);
    const shown = outcome.steps.filter(({ op }) => op === "replace").map(({ urn }) => urn.split("::").at(-2));
    assert.ok(shown.some((type) => type?.endsWith(ACCOUNT)) && shown.some((type) => type?.endsWith(CONTAINER)));
  });
  workspace.configure({ maxRequestUnits: undefined, "azure-native:location": "northeurope" });
  await step("preview of another region", pulumi.preview, async (outcome) => {
    succeeded(outcome);
    const shown = outcome.steps.filter(({ op }) => op === "replace").map(({ urn }) => urn);
    const all = inCloud(await pulumi.state()).map(({ urn }) => urn);
    assert.deepEqual(shown.filter((urn) => all.includes(urn)).sort(), all.sort(), "all is made anew");
  });
  workspace.configure({ "azure-native:location": PLACE["azure-native:location"] });
}

/** Code that cannot be deployed fails the update, and is deployed with the next one. */
async function refuseCode(bench: Bench, scm: ScmEmulator): Promise<void> {
  const { pulumi, step, workspace } = bench;
  workspace.edit("examples/card-fraud/pipeline.ts", "const ALERT = 0.9;", "const ALERT = 0.95;");
  scm.failNext("failed");
  await step("up of code that cannot be deployed", pulumi.up, ({ code, errors }) => {
    assert.notEqual(code, 0);
    assert.match(errors.join("\n"), /code could not be deployed to .*\.scm\.azurewebsites\.net/);
  });
  await change(bench, "the same code once more", { make: () => {}, updates: { [CODE]: [] } });
}
