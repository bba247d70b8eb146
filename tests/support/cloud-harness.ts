import type { Infer } from "sluice";
import { openHttpFaults, type Rule } from "../../emulators/http-faults";
import type { ArchivedStream } from "../contract/archive";
import type { Harness, ServiceFault } from "./contract";
import type { ManualClock } from "./manual-clock";
import { serveModel } from "./model-server";
import type { Deployment } from "./source";

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

/** What hands a function's deliveries over, and takes the answers. */
export interface Host {
  /** The process dies: what it has not answered fails, and comes again. */
  crash(): void | Promise<void>;
  /** A new process. */
  boot(): Pick<Deployment, "receive" | "answer">;
  close(): Promise<void>;
}

/** A deployment whose process can die. */
export function deploymentOn(host: Host, boot: () => Deployment): Harness<Deployment> {
  return {
    port: boot(),
    restart: async () => {
      await host.crash();
      return boot();
    },
    inject: async () => async () => {},
    tick: async () => {},
    close: host.close,
  };
}

export interface ArchiveHarnessOptions {
  open(): ArchivedStream;
  /** Everything that is in the stream gets into the archive. */
  flush(): Promise<void>;
  /** Of both. They deliver before its time passes. */
  clock: ManualClock;
  inject(fault: ServiceFault): () => Promise<void>;
  close(): Promise<void>;
}

/** A stream and what is kept of it. */
export function archiveOn({ open, flush, clock, inject, close }: ArchiveHarnessOptions): Harness<ArchivedStream> {
  return {
    port: open(),
    restart: async () => {
      await flush();
      return open();
    },
    inject: async (fault) => inject(fault),
    tick: async (ms) => {
      await flush();
      clock.block(ms);
    },
    close,
  };
}

/** A message's body as a contract looks at it: text, unless it is none. */
export function textOrBytes(body: Uint8Array): string | Uint8Array {
  const text = Buffer.from(body).toString();
  return Buffer.from(text).equals(body) ? text : body;
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
