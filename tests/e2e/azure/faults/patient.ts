import { type AzurePath, openPath, type PathOptions } from "../../../support/azure/path";
import type { AzureServices, ServiceName } from "../../../support/azure/services";
import { publishBodies } from "../../../support/effects";
import { fastClock } from "../../../support/fast-clock";

export const SPEED = 20;

/** Enough for each partition to have some. */
const KEYS = 8;

/** On services that are sound, a function that does not give up: so what it gives up nevertheless shows. */
export function openPatient(services: AzureServices, options: PathOptions = {}): Promise<AzurePath> {
  for (const name of Object.keys(services.faults) as ServiceName[]) services.faults[name].set(undefined);
  return openPath(services, {
    clock: fastClock(SPEED),
    ...options,
    variables: { SLUICE_RETRIES: "1000", ...options.variables },
  });
}

export function publish(path: AzurePath): Promise<void> {
  return publishBodies(path, KEYS);
}
