import type { KinesisStreamBatchResponse, KinesisStreamEvent } from "aws-lambda";
import { seededRandom } from "sluice";
import { type SeededFault, seededFaults } from "../../../emulators/aws/faults";
import { FunctionError } from "../../../emulators/aws/lambda";
import { openPath } from "../../support/aws/path";
import { type AwsServices, openAwsServices, type ServiceName } from "../../support/aws/services";
import { chaosTest, effectsOf, effectsWithoutFaults, orderOf, publishAll } from "../../support/chaos";
import { fastClock } from "../../support/fast-clock";

const SPEED = 20;

/** Per request. */
const RATES: Partial<Record<SeededFault, number>> = {
  throttled: 0.05,
  unavailable: 0.04,
  internal: 0.03,
  expired: 0.01,
  dependency: 0.02,
  reset: 0.02,
  lose: 0.04,
  partial: 0.1,
};

/** Per invocation: the process dies before or after its effects, or the same batch is handed over twice. */
const KILLED_BEFORE = 0.05;
const KILLED_AFTER = 0.05;
const TWICE = 0.05;

chaosTest({
  title: "throttles, outages, lost answers, partial failures, kills and repeats, by seed",
  promise: "nothing is lost, nothing has two effects, each key keeps its order",
  open: openAwsServices,
  run: chaos,
  expected: effectsWithoutFaults,
});

async function chaos(services: AwsServices, seed: number) {
  const random = seededRandom(seed);
  const names = Object.keys(services.faults) as ServiceName[];
  const faults = names.map((name) => {
    const seededFor = seededFaults({ random, rates: RATES, delayMs: 20 });
    return { name, ...seededFor };
  });
  const acknowledged: string[] = [];
  const path = await openPath(services, {
    shards: 2,
    clock: fastClock(SPEED),
    random,
    settings: { maximumRetryAttempts: -1, batchSize: 20 },
    around: async (batch, run) => {
      const roll = random();
      if (roll < KILLED_BEFORE)
        throw new FunctionError("Runtime.ExitError", "The process died before it did anything.");
      if (roll < KILLED_BEFORE + TWICE) await run();
      const answer = await run();
      if (roll > 1 - KILLED_AFTER) throw new FunctionError("Runtime.ExitError", "The process died with its answer.");
      acknowledged.push(...acknowledgedOf(batch, answer));
      return answer;
    },
  });
  for (const { name, rule } of faults) services.faults[name].set(rule);
  try {
    await publishAll(path, seed);
    await path.run();
  } finally {
    for (const { name } of faults) services.faults[name].set(undefined);
  }
  const found = { ...(await effectsOf(path)), order: orderOf(acknowledged) };
  await path.close();
  return found;
}

/** The events that an answer acknowledges: those before the one that it hands back. */
function acknowledgedOf({ Records }: KinesisStreamEvent, { batchItemFailures }: KinesisStreamBatchResponse): string[] {
  const failed = batchItemFailures[0]?.itemIdentifier;
  const end = Records.findIndex(({ kinesis }) => kinesis.sequenceNumber === failed);
  const done = end === -1 ? Records : Records.slice(0, end);
  return done.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());
}
