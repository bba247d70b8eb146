import type { Rule } from "../../emulators/http-faults";
import type { ServiceFault } from "./contract";

interface Closable {
  close(): Promise<void>;
}

/** A cloud's emulated services, each behind a proxy that can do harm. */
interface Emulators<Name extends string> extends Closable {
  readonly faults: Readonly<Record<Name, { set(rule: Rule | undefined): void }>>;
}

/** What a test file does with them. Started once for the file: every test has its own names. */
export interface Services<Name extends string> extends Closable {
  /** Closes an adapter, and with it its connections, before the services. */
  keep<Adapter extends Closable>(adapter: Adapter): Adapter;
  /** Makes these services fail; the answer puts them right again. */
  inject(fault: ServiceFault, ...services: readonly Name[]): () => Promise<void>;
}

export function servicesOn<Name extends string, Opened extends Emulators<Name>>(
  emulators: Opened,
  ruleFor: (fault: ServiceFault, service: Name) => Rule,
): Opened & Services<Name> {
  const kept: Closable[] = [];
  const { faults }: Emulators<Name> = emulators;
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
      for (const name of names) faults[name].set(ruleFor(fault, name));
      return async () => {
        for (const name of names) faults[name].set(undefined);
      };
    },
  };
}
