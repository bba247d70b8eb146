import type { Clock } from "sluice";
import { type GcpEmulators, type GcpServiceName, openGcpEmulators } from "../../../emulators/gcp";
import { failing, type GcpError, partial } from "../../../emulators/gcp/faults";
import type { Rule } from "../../../emulators/http-faults";
import type { ServiceFault } from "../contract";
import { half } from "../half";
import { type Services, servicesOn } from "../services";

export type ServiceName = GcpServiceName;

/** The emulated services, each behind a proxy that can do harm. Started once for a test file: every test has its own names. */
export interface GcpServices extends GcpEmulators, Services<ServiceName> {
  /** Options of an adapter of this service. */
  client(service: ServiceName): { endpoint: string };
}

export const PROJECT = "local";

const ERRORS: Record<ServiceFault["code"], GcpError> = {
  unavailable: "unavailable",
  throttled: "throttled",
  credentials: "expired",
};

export async function openGcpServices({ clock }: { clock?: Clock } = {}): Promise<GcpServices> {
  const emulators = await openGcpEmulators({
    project: PROJECT,
    clock,
    // Neither a slow start nor a long look: a test would mostly wait.
    pubsub: { startPushWindow: 1_000, maxPushWindow: 1_000, pullWaitMs: 20 },
  });
  // Otherwise the client libraries look for a machine of Google's.
  process.env["METADATA_SERVER_DETECTION"] ??= "none";
  for (const name of ["GOOGLE_CLOUD_PROJECT", "GCE_METADATA_HOST"]) process.env[name] = emulators.environment[name];
  const client = (service: ServiceName) => ({ endpoint: emulators.endpoints[service] });
  return { ...servicesOn(emulators, ruleFor), client };
}

/** In part means: the same half of all things, however often they are tried. */
export function ruleFor({ code, partial: inPart }: ServiceFault): Rule {
  return inPart ? partial((entry) => half(JSON.stringify(entry)) && "14") : failing(ERRORS[code]);
}
