import { seededRandom } from "sluice";
import { type SeededFault, seededFaults } from "../../../emulators/gcp/faults";
import type { Rule } from "../../../emulators/http-faults";
import { chaosEvents, chaosTest, effectsOf, effectsWithoutFaults } from "../../support/chaos";
import { fastClock } from "../../support/fast-clock";
import { type GcpPath, openPath } from "../../support/gcp/path";
import { type GcpServices, openGcpServices } from "../../support/gcp/services";

const SPEED = 20;

/** Per request to Firestore and to Pub/Sub's REST API. */
const RATES: Partial<Record<SeededFault, number>> = {
  throttled: 0.05,
  unavailable: 0.04,
  internal: 0.03,
  deadline: 0.02,
  expired: 0.01,
  aborted: 0.02,
  reset: 0.02,
  lose: 0.04,
  partial: 0.1,
};

/** Per push: the instance dies before it does anything, or with its answer. */
const KILLED_BEFORE = 0.05;
const KILLED_AFTER = 0.08;
/** A publisher that does not know whether its request arrived sends it again. */
const SENT_TWICE = 0.2;

/** Pub/Sub keeps no order. */
const order: string[] = [];

chaosTest({
  title: "throttles, outages, lost answers, partial failures, kills and repeats, by seed",
  promise: "nothing is lost, and nothing has two effects",
  open: () => openGcpServices(),
  run: chaos,
  expected: (seed) => ({ ...effectsWithoutFaults(seed), order }),
});

async function chaos(services: GcpServices, seed: number) {
  const random = seededRandom(seed);
  const path = await openPath(services, { clock: fastClock(SPEED), random, maxEvents: 7 });
  const { rule } = seededFaults({ random, rates: RATES, delayMs: 20 });
  for (const service of ["firestore", "pubsub"] as const) services.faults[service].set(rule);
  path.faults.set(killing(random));
  try {
    await publishSomeTwice(path, seed, random);
    await path.drained();
  } finally {
    for (const service of ["firestore", "pubsub"] as const) services.faults[service].set(undefined);
    path.faults.set(undefined);
  }
  const found = { ...(await effectsOf(path)), order };
  await path.close();
  return found;
}

function killing(random: () => number): Rule {
  return () => {
    const roll = random();
    if (roll < KILLED_BEFORE) return { kind: "reset" };
    return roll < KILLED_BEFORE + KILLED_AFTER ? { kind: "lose" } : undefined;
  };
}

async function publishSomeTwice({ ingest }: GcpPath, seed: number, random: () => number): Promise<void> {
  const events = chaosEvents(seed);
  for (let from = 0; from < events.length; from += 20) {
    const some = events.slice(from, from + 20);
    const batch = { keys: some.map(({ key }) => key), bodies: some.map(({ body }) => body) };
    for (let times = random() < SENT_TWICE ? 2 : 1; times > 0; times--) {
      const { failures } = await ingest.publish(batch);
      if (failures[0]) throw failures[0].error;
    }
  }
}
