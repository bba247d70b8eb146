import { type AwsEmulators, type AwsServiceName, openAwsEmulators } from "../../../emulators/aws";
import { type AwsError, failing, partial } from "../../../emulators/aws/faults";
import type { Rule } from "../../../emulators/http-faults";
import type { ServiceFault } from "../contract";
import { half } from "../half";
import { type Services, servicesOn } from "../services";

export type ServiceName = AwsServiceName;

/** The emulated services, each behind a proxy that can do harm. Started once for a test file: every test has its own names. */
export interface AwsServices extends AwsEmulators, Services<ServiceName> {
  /** Options of an adapter of this service. */
  client(service: ServiceName): { region: string; endpoint: string };
}

const ERRORS: Record<ServiceFault["code"], AwsError> = {
  unavailable: "unavailable",
  throttled: "throttled",
  credentials: "expired",
};

/** What a single record or event fails with where the service itself is at fault. */
const INTERNAL = "InternalFailure";

export async function openAwsServices(): Promise<AwsServices> {
  const emulators = await openAwsEmulators();
  // The emulators look at the form of a signature, not at who signed.
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) process.env[name] ??= "local";
  const client = (service: ServiceName) => ({ region: "us-east-1", endpoint: emulators.endpoints[service] });
  return { ...servicesOn(emulators, ruleFor), client };
}

/** In part means: the same half of all things, however often they are tried. */
export function ruleFor({ code, partial: inPart }: ServiceFault, service: ServiceName): Rule {
  if (!inPart) return failing(ERRORS[code]);
  const reason = code === "unavailable" ? INTERNAL : true;
  return service === "s3"
    ? (request) => (half(request.path) ? failing(ERRORS[code])(request) : undefined)
    : partial((entry) => half(JSON.stringify(entry)) && reason);
}
