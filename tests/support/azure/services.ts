import type { Clock } from "sluice";
import { type AzureEmulators, type AzureServiceName, openAzureEmulators } from "../../../emulators/azure";
import { type AzureError, failing } from "../../../emulators/azure/faults";
import type { Rule } from "../../../emulators/http-faults";
import type { ServiceFault } from "../contract";
import { half } from "../half";

export type ServiceName = AzureServiceName;

/** The emulated services, each behind a proxy that can do harm. Started once for a test file: every test has its own names. */
export interface AzureServices extends AzureEmulators {
  /** Closes an adapter, and with it its connections, before the services. */
  keep<Adapter extends { close(): Promise<void> }>(adapter: Adapter): Adapter;
  /** Makes these services fail; the answer puts them right again. */
  inject(fault: ServiceFault, ...services: readonly ServiceName[]): () => Promise<void>;
}

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
  const kept: { close(): Promise<void> }[] = [];
  return {
    ...emulators,
    keep: (adapter) => {
      kept.push(adapter);
      return adapter;
    },
    close: async () => {
      await Promise.all(kept.map((adapter) => adapter.close()));
      await emulators.close();
    },
    inject: (fault, ...names) => {
      for (const name of names) emulators.faults[name].set(ruleFor(fault));
      return async () => {
        for (const name of names) emulators.faults[name].set(undefined);
      };
    },
  };
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
