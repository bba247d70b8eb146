import type { Infer } from "sluice";
import { openHttpFaults, type Rule } from "../../emulators/http-faults";
import type { Harness, ServiceFault } from "./contract";
import { serveModel } from "./model-server";

/** Faults of a whole service, which every emulated one can be made to have. */
export const WHOLE: readonly ServiceFault[] = (["unavailable", "throttled", "credentials"] as const).map((code) => ({
  code,
  partial: false,
}));

/** Emulated services that harm can be done to, each by its name. */
interface Faulty<Name extends string> {
  readonly faults: Readonly<Record<Name, { set(rule: Rule | undefined): void }>>;
  inject(fault: ServiceFault, ...services: readonly Name[]): () => Promise<void>;
}

/** An adapter on resources of its own, whose services fail when the contract says so. */
export function harnessOn<Services extends Faulty<Name>, Name extends string, Names, Port>(
  services: () => Services,
  faulty: readonly Name[],
  provision: (services: Services) => Promise<Names> | Names,
  pick: (names: Names) => Port,
): () => Promise<Harness<Port>> {
  return async () => {
    const names = await provision(services());
    return {
      port: pick(names),
      restart: async () => pick(names),
      inject: async (fault) => services().inject(fault, ...faulty),
      tick: async () => {},
      // Whatever the test left broken.
      close: async () => {
        for (const service of faulty) services().faults[service].set(undefined);
      },
    };
  };
}

/** What stands between a pipeline and its model server on a platform. */
export interface ModelFront {
  /** Where requests go. */
  endpoint: string;
  close(): Promise<void>;
}

export interface ModelHarnessOptions {
  /** The platform's own endpoint in front of the server; none where requests go to it directly. */
  front?: (modelUrl: string) => Promise<ModelFront>;
  infer(endpoint: string): Infer;
  ruleFor(fault: ServiceFault): Rule;
}

/** The model server, as a platform runs it, behind a proxy that does the harm. */
export async function modelHarness({ front, infer, ruleFor }: ModelHarnessOptions): Promise<Harness<Infer>> {
  const model = await serveModel("linear");
  const own = await front?.(model.url);
  const faults = await openHttpFaults({ target: own?.endpoint ?? model.url });
  const opened: Infer[] = [];
  const open = () => {
    const made = infer(faults.endpoint);
    opened.push(made);
    return made;
  };
  return {
    port: open(),
    restart: async () => open(),
    inject: async (fault) => {
      faults.set(ruleFor(fault));
      return async () => faults.set(undefined);
    },
    tick: async () => {},
    close: async () => {
      await Promise.all(opened.map((one) => one.close()));
      await faults.close();
      await own?.close();
      await model.close();
    },
  };
}
