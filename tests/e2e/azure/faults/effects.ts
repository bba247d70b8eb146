import { type AzurePath, openPath, type PathOptions } from "../../../support/azure/path";
import type { AzureServices, ServiceName } from "../../../support/azure/services";
import { fastClock } from "../../../support/fast-clock";
import { event, json } from "../../../support/records";

export const SIZE = 30;
export const SPEED = 20;

/** Enough for an action. */
export const AMOUNT = 23;

export const IDS = Array.from({ length: SIZE }, (_, number) => `e${number}`).sort();

/** Events that each call for an action, and one that is none. */
export const BODIES: readonly string[] = [
  ...Array.from({ length: SIZE }, (_, number) => json(event(number, { amount: AMOUNT }))),
  "{",
];

/** What they are to leave behind, each list sorted. */
export const EVERYTHING = {
  stored: IDS,
  actions: IDS.map((id) => `${id}:alert`).sort(),
  letters: ["json {"],
};

/** On services that are sound, a function that does not give up: so what it gives up nevertheless shows. */
export function openPatient(services: AzureServices, options: PathOptions = {}): Promise<AzurePath> {
  for (const name of Object.keys(services.faults) as ServiceName[]) services.faults[name].set(undefined);
  return openPath(services, {
    clock: fastClock(SPEED),
    ...options,
    variables: { SLUICE_RETRIES: "1000", ...options.variables },
  });
}

export async function publish({ ingest }: AzurePath): Promise<void> {
  const { failures } = await ingest.publish({ keys: BODIES.map((_, number) => `k${number % 8}`), bodies: BODIES });
  if (failures[0]) throw failures[0].error;
}

export async function effectsOf(path: AzurePath): Promise<typeof EVERYTHING> {
  return {
    stored: (await path.stored()).map(({ id }) => id).sort(),
    actions: [...new Set(path.actions().map(({ id }) => id))].sort(),
    letters: (await path.letters()).map(({ code, body }) => `${code} ${Buffer.from(body)}`).sort(),
  };
}
