import type { Clock, Random } from "../../../shared/clock";
import type { FunctionsHostStats } from "./stats";

/** An instance, as far as partitions are concerned. */
export interface Member {
  claim(partition: string): void;
  lose(partition: string): void;
}

/** Which instance has which partition: in Azure a blob per partition, which its owner renews. */
export interface Ownership {
  /** Takes what is free, and from the others what is too much for them. */
  join(member: Member): void;
  /** Takes nothing any more. */
  retire(member: Member): void;
  /** Gives up all it has. */
  leave(member: Member): void;
  /** It is gone without a word: what it had is free when nobody has renewed it for long enough. */
  vanish(member: Member): void;
  close(): void;
}

export interface OwnershipOptions {
  partitions: readonly string[];
  stats: FunctionsHostStats;
  clock: Clock;
  random: Random;
  expiryMs: number;
}

/**
 * The greedy strategy of the service's processors (PartitionLoadBalancer.cs), at once where they look every half minute:
 * everybody gets his share, rounded down, and nobody more than one above it. Who is gone counts until it has expired.
 */
export function createOwnership({ partitions, stats, clock, random, expiryMs }: OwnershipOptions): Ownership {
  const owners = new Map<string, Member>();
  const members = new Set<Member>();
  const closed = new AbortController();

  const ownedBy = (member: Member) => partitions.filter((partition) => owners.get(partition) === member);
  const byLoad = (some: Iterable<Member>) => [...some].sort((a, b) => ownedBy(a).length - ownedBy(b).length);
  const give = (partition: string, member: Member) => {
    const before = owners.get(partition);
    owners.set(partition, member);
    if (before) {
      stats.steals++;
      if (members.has(before)) before.lose(partition);
    }
    member.claim(partition);
  };
  const balance = () => {
    if (members.size === 0) return;
    for (const partition of partitions) {
      const [poorest] = byLoad(members);
      if (!owners.has(partition) && poorest) give(partition, poorest);
    }
    for (;;) {
      const all = new Set([...members, ...owners.values()]);
      const share = Math.floor(partitions.length / all.size);
      const [poorest] = byLoad(members);
      const richest = byLoad(all).at(-1);
      if (!poorest || !richest) return;
      const [has, rival] = [ownedBy(poorest).length, ownedBy(richest).length];
      const isDue = (has < share && rival > share) || (has <= share && rival > share + 1);
      const stolen = ownedBy(richest)[Math.floor(random() * rival)];
      if (!isDue || stolen === undefined) return;
      give(stolen, poorest);
    }
  };
  const release = (member: Member): number => {
    const released = ownedBy(member);
    for (const partition of released) owners.delete(partition);
    balance();
    return released.length;
  };

  return {
    join: (member) => {
      members.add(member);
      balance();
    },
    retire: (member) => void members.delete(member),
    leave: (member) => {
      members.delete(member);
      release(member);
    },
    vanish: (member) => {
      members.delete(member);
      const expire = () => {
        stats.expired += release(member);
      };
      clock.sleep(expiryMs, closed.signal).then(expire, () => {});
    },
    close: () => closed.abort(),
  };
}
