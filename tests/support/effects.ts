import type { CloudPath } from "./cloud-path";
import { event, json } from "./records";

export const SIZE = 30;

/** Enough for an action. */
export const AMOUNT = 23;

export const POISON = "{";

export const IDS = Array.from({ length: SIZE }, (_, number) => `e${number}`).sort();

/** Events that each call for an action, and one that is none. */
export const BODIES: readonly string[] = [
  ...Array.from({ length: SIZE }, (_, number) => json(event(number, { amount: AMOUNT }))),
  POISON,
];

/** What they are to leave behind, each list sorted. */
export const EVERYTHING = {
  stored: IDS,
  actions: IDS.map((id) => `${id}:alert`).sort(),
  letters: [`json ${POISON}`],
};

export async function publishBodies({ ingest }: Pick<CloudPath, "ingest">, keys = 3): Promise<void> {
  const { failures } = await ingest.publish({ keys: BODIES.map((_, number) => `k${number % keys}`), bodies: BODIES });
  if (failures[0]) throw failures[0].error;
}

export async function effectsOf(path: CloudPath): Promise<typeof EVERYTHING> {
  return {
    stored: (await path.stored()).map(({ id }) => id).sort(),
    actions: [...new Set(path.actions().map(({ id }) => id))].sort(),
    letters: (await path.letters()).map(({ code, body }) => `${code} ${Buffer.from(body)}`).sort(),
  };
}
