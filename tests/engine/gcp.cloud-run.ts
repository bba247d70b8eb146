import { BUDGET, ENDPOINT, GCP, PLACE, SERVICE } from "./gcp-stack";
import { change, liveThrough, noChanges } from "./lifecycle";
import type { Bench, Scenario } from "./scenario";

const IMAGE = "us-central1-docker.pkg.dev/stand-in-project/sluice/model-server";

/** The model behind a service of Cloud Run, with an address for alarms, a budget, and without an archive. */
export const scenario: Scenario = {
  cloud: "gcp",
  name: "gcp cloud run",

  async run(bench) {
    await liveThrough(bench, {
      ...GCP,
      config: {
        ...PLACE,
        inference: "endpoint",
        modelImage: `${IMAGE}:1`,
        archive: false,
        ttlDays: 90,
        alarmEmail: "oncall@example.com",
        monthlyBudgetUsd: 50,
        billingAccount: "01AB23-45CD67-89EF01",
        tags: { team: "payments" },
      },
      has: [BUDGET, SERVICE, "gcp:monitoring/notificationChannel:NotificationChannel"],
      hasNot: [ENDPOINT],
      outputs: { archive: /^$/, inference: /^https:\/\/sluice-gcp-model-/ },
      more: deployModel,
    });
  },
};

/** A new image is a new revision of the service, whose address stays: the function is not touched. */
async function deployModel(bench: Bench): Promise<void> {
  await change(bench, "model", {
    make: (workspace) => workspace.configure({ modelImage: `${IMAGE}:2` }),
    updates: { [SERVICE]: ["template.containers[0].image"] },
  });
  await noChanges(bench);
}
