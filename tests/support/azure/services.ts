import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { Clock } from "sluice";
import { type AzureEmulators, type AzureServiceName, openAzureEmulators } from "../../../emulators/azure";
import { type AzureError, failing } from "../../../emulators/azure/faults";
import type { Rule } from "../../../emulators/http-faults";
import type { ServiceFault } from "../contract";
import { half } from "../half";
import { type Services, servicesOn } from "../services";

export type ServiceName = AzureServiceName;

/** The emulated services, each behind a proxy that can do harm. Started once for a test file: every test has its own names. */
export type AzureServices = AzureEmulators & Services<ServiceName>;

const PARTITION_KEY = "x-ms-documentdb-partitionkey";

const ERRORS: Record<ServiceFault["code"], AzureError> = {
  unavailable: "unavailable",
  throttled: "throttled",
  credentials: "expired",
};

export async function openAzureServices({ clock }: { clock?: Clock } = {}): Promise<AzureServices> {
  const emulators = await openAzureEmulators({ clock });
  // Where the adapters' tokens come from, as in a function.
  Object.assign(process.env, emulators.environment);
  const services = servicesOn(emulators, ruleFor);
  subscribe(SOCKETS, sendAtOnce);
  return {
    ...services,
    close: async () => {
      unsubscribe(SOCKETS, sendAtOnce);
      await services.close();
    },
  };
}

const SOCKETS = "net.client.socket";

/** Event Hubs' client signs in with many small frames, and on one machine waits 40 ms for the kernel before most of them. */
function sendAtOnce(message: unknown): void {
  (message as { socket: Socket }).socket.setNoDelay(true);
}

/**
 * In part means: the same half of all things, however often they are tried. Of Cosmos DB that is half of the keys, because
 * physical partitions fail one by one.
 */
export function ruleFor({ code, partial }: ServiceFault): Rule {
  const rule = failing(ERRORS[code]);
  if (!partial) return rule;
  return (request) => (half(String(request.headers[PARTITION_KEY] ?? request.path)) ? rule(request) : undefined);
}
