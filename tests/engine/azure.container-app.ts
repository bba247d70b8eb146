import { AZURE, BUDGET, ENDPOINT, LOCK, MODEL, PLACE, SERVICE, SUBNET, withScm } from "./azure-stack";
import { change, liveThrough, noChanges } from "./lifecycle";
import type { Bench, Scenario } from "./scenario";

/** The model on Container Apps in a network of its own, Capture for the archive, an address for alarms, and a budget. */
export const scenario: Scenario = {
  cloud: "azure",
  name: "azure container app",

  async run(bench) {
    await withScm(bench, () =>
      liveThrough(bench, {
        ...AZURE,
        config: {
          ...PLACE,
          forceDestroy: true,
          inference: "endpoint",
          modelImage: `${MODEL.image}:1`,
          modelRegistry: MODEL.registry,
          archiveBy: "capture",
          ndjson: true,
          minInstances: 1,
          maxRequestUnits: 4000,
          alarmEmail: "oncall@example.com",
          monthlyBudgetUsd: 50,
          tags: { team: "payments" },
        },
        has: [BUDGET, SERVICE, SUBNET, "azure-native:monitor:ActionGroup", "azure-native:privatedns:PrivateZone"],
        hasNot: [ENDPOINT, LOCK],
        outputs: { inference: /^https:\/\/model\.stand-in-[0-9a-f]{8}\.westeurope\.azurecontainerapps\.io\/score$/ },
        more: deployModel,
      }),
    );
  },
};

/** A new image is a new revision of the service, whose address stays: the function is not touched. */
async function deployModel(bench: Bench): Promise<void> {
  await change(bench, "model", {
    make: (workspace) => workspace.configure({ modelImage: `${MODEL.image}:2` }),
    updates: { [SERVICE]: ["template.containers[0].image"] },
  });
  await noChanges(bench);
}
