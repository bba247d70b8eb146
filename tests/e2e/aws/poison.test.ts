import { expect, it } from "@jest/globals";
import { type AwsPath, openPath } from "../../support/aws/path";
import { openAwsServices } from "../../support/aws/services";
import { duringTests } from "../../support/during-tests";
import { event, json } from "../../support/records";

const SIZE = 100;
const AT_ONCE = 10;

const services = duringTests(openAwsServices);

it("poison anywhere in a batch of 100: one invocation, its original bytes in a letter, every neighbor stored", async () => {
  const positions = Array.from({ length: SIZE }, (_, position) => position);

  for (let from = 0; from < SIZE; from += AT_ONCE) {
    const results = await Promise.all(positions.slice(from, from + AT_ONCE).map((position) => poisonedAt([position])));
    for (const [i, result] of results.entries()) expect(result).toEqual(expectedFor([from + i]));
  }
}, 60_000);

it("many poisoned events in one batch, and a batch of nothing else", async () => {
  const half = Array.from({ length: SIZE / 2 }, (_, i) => i * 2);
  const whole = Array.from({ length: SIZE }, (_, i) => i);

  expect(await poisonedAt(half)).toEqual(expectedFor(half));
  expect(await poisonedAt(whole)).toEqual(expectedFor(whole));
}, 30_000);

/** Bytes that are neither JSON nor UTF-8, so that only the bytes themselves can be what comes back. */
function poison(position: number): Buffer {
  return Buffer.from([0xff, 0x00, 0x0a, position, 0x7b]);
}

async function poisonedAt(positions: readonly number[]) {
  const path: AwsPath = await openPath(services(), { settings: { parallelizationFactor: 1 } });
  try {
    const keys = Array.from({ length: SIZE }, (_, number) => `key-${number}`);
    const bodies = keys.map((key, number) =>
      positions.includes(number) ? poison(number) : json(event(number, { key, amount: 1, count: 3 })),
    );
    await path.ingest.publish({ keys, bodies });
    await path.run();
    const [stored, letters] = [await path.stored(), await path.letters()];
    return {
      invocations: path.mapping.stats.invocations,
      stored: stored.map(({ id }) => id).sort(),
      letters: letters.map(({ body, code }) => `${code} ${Buffer.from(body).toString("hex")}`).sort(),
    };
  } finally {
    await path.close();
  }
}

function expectedFor(positions: readonly number[]) {
  const healthy = Array.from({ length: SIZE }, (_, number) => number).filter((number) => !positions.includes(number));
  return {
    invocations: 1,
    stored: healthy.map((number) => `e${number}`).sort(),
    letters: positions.map((position) => `encoding ${poison(position).toString("hex")}`).sort(),
  };
}
