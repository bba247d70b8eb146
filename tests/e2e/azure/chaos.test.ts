import { seededRandom } from "sluice";
import type { SendRule } from "../../../emulators/azure/event-hubs";
import { type SeededFault, seededFaults } from "../../../emulators/azure/faults";
import { openPath } from "../../support/azure/path";
import { type AzureServices, openAzureServices, type ServiceName } from "../../support/azure/services";
import { chaosTest, effectsOf, effectsWithoutFaults, orderOf, publishAll } from "../../support/chaos";
import { fastClock } from "../../support/fast-clock";

const SPEED = 20;
const PARTITIONS = 4;

/** Per request. */
const RATES: Partial<Record<SeededFault, number>> = {
  throttled: 0.05,
  unavailable: 0.04,
  internal: 0.03,
  expired: 0.01,
  timeout: 0.02,
  reset: 0.02,
  lose: 0.04,
  partial: 0.1,
};

/** Per batch that a producer sends. */
const BUSY = 0.1;
const UNKNOWN = 0.05;

/** Per invocation: the process dies before or after its effects, or the same batch is handed over twice. */
const KILLED_BEFORE = 0.04;
const KILLED_AFTER = 0.04;
const TWICE = 0.05;
/** The whole instance is gone, with all that it knew; or another one takes partitions over. */
const GONE = 0.03;
const SCALED = 0.04;

chaosTest({
  title: "throttles, outages, lost answers, partial failures, kills, repeats and rebalancing, by seed",
  promise: "nothing is lost, nothing has two effects, each key keeps its order",
  open: () => openAzureServices(),
  run: chaos,
  expected: effectsWithoutFaults,
  // A process has one managed identity, and each lane's services would want their own.
  lanes: 1,
});

async function chaos(services: AzureServices, seed: number) {
  const random = seededRandom(seed);
  const { rule } = seededFaults({ random, rates: RATES, delayMs: 20 });
  const names = Object.keys(services.faults) as ServiceName[];
  const acknowledged: string[] = [];
  const path = await openPath(services, {
    partitions: PARTITIONS,
    clock: fastClock(SPEED),
    random,
    // An outage may last longer than a handful of attempts.
    variables: { SLUICE_RETRIES: "1000" },
    eventHubs: { maxEventBatchSize: 10 },
    instances: 2,
    // After a lost answer the client waits for as long.
    producer: { requestTimeoutMs: 200 },
    around: async ({ messages }, run, exit) => {
      const roll = random();
      if (roll < KILLED_BEFORE) return exit();
      if (roll < KILLED_BEFORE + TWICE) await run();
      await run();
      if (roll > 1 - KILLED_AFTER) return exit();
      acknowledged.push(...messages.map(String));
      rebalance(random());
    },
  });
  const rebalance = (roll: number) => {
    if (roll < GONE) path.host.kill();
    else if (roll < GONE + SCALED) void path.host.scale(1 + Math.floor(random() * PARTITIONS));
  };
  for (const name of names) services.faults[name].set(rule);
  services.services.eventHubs.faults.set(sending(random));
  try {
    await publishAll(path, seed);
    await path.run();
  } finally {
    for (const name of names) services.faults[name].set(undefined);
    services.services.eventHubs.faults.set(undefined);
  }
  const found = { ...(await effectsOf(path)), order: orderOf(acknowledged) };
  await path.close();
  return found;
}

/** Refused, or taken in with an answer that is lost: then the producer sends it again. */
function sending(random: () => number): SendRule {
  return () => {
    const roll = random();
    if (roll < BUSY) return { kind: "refuse", error: "busy" };
    return roll < BUSY + UNKNOWN ? { kind: "lose" } : undefined;
  };
}
