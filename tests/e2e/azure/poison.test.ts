import { expect, it, jest } from "@jest/globals";
import { openPath } from "../../support/azure/path";
import { openAzureServices } from "../../support/azure/services";
import { duringTests } from "../../support/during-tests";
import { event, json } from "../../support/records";

const SIZE = 100;
/** Batches, one after the other, of one pipeline. */
const IN_A_ROW = 10;

const services = duringTests(openAzureServices);

jest.setTimeout(60_000);

it("poison anywhere in a batch of 100: one invocation, its original bytes in a letter, every neighbor stored", async () => {
  for (let from = 0; from < SIZE; from += IN_A_ROW) {
    const batches = Array.from({ length: IN_A_ROW }, (_, i) => [from + i]);

    expect(await poisonedAt(batches)).toEqual(expectedFor(batches));
  }
});

it("many poisoned events in one batch, and a batch of nothing else", async () => {
  const half = Array.from({ length: SIZE / 2 }, (_, i) => i * 2);
  const whole = Array.from({ length: SIZE }, (_, i) => i);

  expect(await poisonedAt([half, whole])).toEqual(expectedFor([half, whole]));
});

/** Bytes that are neither JSON nor UTF-8, so that only the bytes themselves can be what comes back. */
function poison(batch: number, position: number): Buffer {
  return Buffer.from([0xff, 0x00, 0x0a, batch, position, 0x7b]);
}

/** @param batches Of each the positions of its poison. */
async function poisonedAt(batches: readonly (readonly number[])[]) {
  const path = await openPath(services());
  try {
    for (const [batch, positions] of batches.entries()) {
      const bodies = Array.from({ length: SIZE }, (_, position) =>
        positions.includes(position) ? poison(batch, position) : json(event(batch * SIZE + position, { amount: 1 })),
      );
      await path.ingest.publish({ keys: bodies.map((_, position) => `key-${position}`), bodies });
      await path.run();
    }
    const [stored, letters] = [await path.stored(), await path.letters()];
    return {
      invocations: path.host.stats.invocations,
      stored: stored.map(({ id }) => id).sort(),
      letters: letters.map(({ body, code }) => `${code} ${Buffer.from(body).toString("hex")}`).sort(),
    };
  } finally {
    await path.close();
  }
}

function expectedFor(batches: readonly (readonly number[])[]): Awaited<ReturnType<typeof poisonedAt>> {
  const places = batches.flatMap((positions, batch) =>
    Array.from({ length: SIZE }, (_, position) => ({ batch, position, isPoison: positions.includes(position) })),
  );
  return {
    invocations: batches.length,
    stored: places
      .filter(({ isPoison }) => !isPoison)
      .map(({ batch, position }) => `e${batch * SIZE + position}`)
      .sort(),
    letters: places
      .filter(({ isPoison }) => isPoison)
      .map(({ batch, position }) => `encoding ${poison(batch, position).toString("hex")}`)
      .sort(),
  };
}
