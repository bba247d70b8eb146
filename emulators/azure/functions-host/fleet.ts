import { type AppContext, type Instance, openInstance } from "./instance";
import type { Ownership } from "./ownership";

/** The instances of an app: as many as are wanted. */
export interface Fleet {
  list(): readonly Instance[];
  /** Starts what is missing, drains the newest that are too many. Rejects if the app does not start. */
  scale(wanted: number): Promise<void>;
  /** One is gone without a word; another takes its place. */
  kill(index: number): void;
  /** All are there that should be, with all partitions, and nothing is left to do. */
  idle(): boolean;
  /** Ends all at once. Resolves when all processes are gone. */
  close(): Promise<void>;
}

export interface FleetOptions {
  context: AppContext;
  ownership: Ownership;
  /** An instance that should have replaced another does not start. */
  onBroken: (thrown: unknown) => void;
}

export function createFleet({ context, ownership, onBroken }: FleetOptions): Fleet {
  const { stats, changed, hub } = context;
  const instances: Instance[] = [];
  const leaving = new Set<Instance>();
  const joined = new WeakSet<Instance>();
  const dying = new Set<Promise<void>>();
  let wanted = 0;
  let count = 0;
  let starting = 0;

  const remove = (instance: Instance): boolean => {
    const index = instances.indexOf(instance);
    if (index !== -1) instances.splice(index, 1);
    return index !== -1;
  };
  const start = async () => {
    const instance: Instance = openInstance(`instance-${count++}`, context, () => void recycle(instance));
    instances.push(instance);
    starting++;
    try {
      await instance.started;
      if (!instances.includes(instance)) return;
      joined.add(instance);
      ownership.join(instance);
    } catch (thrown) {
      // One that was ended meanwhile has not failed.
      if (!remove(instance)) return;
      await instance.kill();
      throw thrown;
    } finally {
      starting--;
      changed();
    }
  };
  const drain = async (instance: Instance) => {
    remove(instance);
    leaving.add(instance);
    ownership.retire(instance);
    await instance.drain();
    leaving.delete(instance);
    ownership.leave(instance);
    changed();
  };
  const replace = () => {
    if (instances.length < wanted) start().catch(onBroken);
  };
  /** As when an instance is drained, except that nothing it runs can succeed any more. */
  const recycle = async (instance: Instance) => {
    // What does not even start is not replaced for ever.
    if (!instances.includes(instance) || !joined.has(instance)) return;
    stats.recycles++;
    await drain(instance);
    replace();
  };

  return {
    list: () => instances,
    scale: async (number) => {
      wanted = number;
      const missing = Math.max(0, wanted - instances.length);
      const surplus = instances.slice(wanted).reverse();
      await Promise.all([...Array.from({ length: missing }, start), ...surplus.map(drain)]);
    },
    kill: (index) => {
      const instance = instances[index];
      if (!instance) throw new Error(`there is no instance ${index}`);
      remove(instance);
      ownership.vanish(instance);
      const death = instance.kill();
      dying.add(death);
      void death.then(() => dying.delete(death));
      replace();
    },
    idle: () => {
      if (starting > 0 || leaving.size > 0 || instances.length < wanted) return false;
      const owned = new Set(instances.flatMap((instance) => instance.partitions()));
      return owned.size === hub.partitionIds.length && instances.every((instance) => instance.idle());
    },
    close: async () => {
      wanted = 0;
      await Promise.all([...dying, ...[...instances.splice(0), ...leaving].map((instance) => instance.kill())]);
    },
  };
}
