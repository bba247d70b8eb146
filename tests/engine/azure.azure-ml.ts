import { AZURE, DEPLOYMENT, ENDPOINT, IMAGE, MODEL, PLACE, SERVICE, withScm } from "./azure-stack";
import { change, liveThrough, noChanges } from "./lifecycle";
import type { Bench, Scenario } from "./scenario";

/** The model on a managed endpoint of Azure ML, without an archive. */
export const scenario: Scenario = {
  cloud: "azure",
  name: "azure ml",

  async run(bench) {
    await withScm(bench, () =>
      liveThrough(bench, {
        ...AZURE,
        config: {
          ...PLACE,
          forceDestroy: true,
          inference: "endpoint",
          endpointType: "azure-ml",
          modelImage: `${MODEL.image}:1`,
          modelRegistry: MODEL.registry,
          archive: false,
        },
        has: [DEPLOYMENT, ENDPOINT, IMAGE, "azure-native:monitor:AutoscaleSetting"],
        hasNot: [SERVICE],
        outputs: {
          archive: /^$/,
          inference: /^https:\/\/[a-z0-9-]+\.westeurope\.inference\.ml\.azure\.com\/score$/,
        },
        more: deployModel,
      }),
    );
  },
};

/** A new image is another version of the environment, and the deployment that serves goes over to it in place. */
async function deployModel(bench: Bench): Promise<void> {
  await change(bench, "model", {
    make: (workspace) => workspace.configure({ modelImage: `${MODEL.image}:2` }),
    replaces: { [IMAGE]: ["version"] },
    updates: { [DEPLOYMENT]: ["properties.environmentId"] },
  });
  await noChanges(bench);
}
