import type { Clock } from "../../../shared/clock";
import type { Db } from "./database";
import { hasEnded, processName } from "./process";

/** Partition to epoch. */
export type Held = ReadonlyMap<number, number>;

export interface Leases {
  /** Heartbeat, then gives up what is too much and takes what is free. Returns what is held now. */
  balance(held: Held): Held;
  /** Heartbeat alone. False if the others already counted this worker as dead: nothing is held any more. */
  renew(): boolean;
  /** Gives up everything and leaves the group. */
  leave(): void;
}

export interface LeasesOptions {
  control: Db;
  group: string;
  /** Unique among all workers that ever were. */
  worker: string;
  partitions: number;
  /** How long the others wait for a heartbeat. */
  expiryMs: number;
  clock: Clock;
}

/** An expiry further ahead than this many times our own was written before the wall clock jumped back. */
const IMPLAUSIBLE = 10;

interface Worker {
  worker: string;
  process: string;
  expires_at: number;
}

/** Shares partitions among the live workers of a group: each gets its part of them, those who joined first the larger one. */
export function createLeases({ control, group, worker, partitions, expiryMs, clock }: LeasesOptions): Leases {
  const lives = (other: Worker, now: number) =>
    other.worker === worker ||
    (other.expires_at > now && other.expires_at <= now + IMPLAUSIBLE * expiryMs && !hasEnded(other.process));

  const liveWorkers = (now: number): string[] => {
    const sql = "SELECT worker, process, expires_at FROM workers WHERE consumer_group = ? ORDER BY joined_at, worker";
    const all = control.prepare(sql).all(group) as unknown as Worker[];
    const bury = control.prepare("DELETE FROM workers WHERE consumer_group = ? AND worker = ?");
    return all.filter((other) => lives(other, now) || bury.run(group, other.worker).changes === 0).map((w) => w.worker);
  };

  const free = (partition: number) =>
    control.prepare("UPDATE leases SET owner = NULL WHERE consumer_group = ? AND partition = ?").run(group, partition);

  const take = (count: number): [number, number][] => {
    const sql = `UPDATE leases SET owner = ?1, epoch = epoch + 1 WHERE consumer_group = ?2 AND partition IN (
        SELECT partition FROM leases WHERE consumer_group = ?2 AND (owner IS NULL OR owner NOT IN (
          SELECT worker FROM workers WHERE consumer_group = ?2)) ORDER BY partition LIMIT ?3)
      RETURNING partition, epoch`;
    return control.prepare(sql).all(worker, group, count).map(pair);
  };

  const heartbeat = (now: number) =>
    control
      .prepare("UPDATE workers SET expires_at = ? WHERE consumer_group = ? AND worker = ?")
      .run(now + expiryMs, group, worker).changes === 1;

  const join = (now: number) => {
    control
      .prepare("INSERT INTO workers (consumer_group, worker, process, joined_at, expires_at) VALUES (?, ?, ?, ?, ?)")
      .run(group, worker, processName(), now, now + expiryMs);
    const add = control.prepare(
      "INSERT INTO leases (consumer_group, partition, owner, epoch) VALUES (?, ?, NULL, 0) ON CONFLICT DO NOTHING",
    );
    for (let partition = 0; partition < partitions; partition++) add.run(group, partition);
  };

  return {
    balance: (held) =>
      control.write(() => {
        const now = clock.now();
        if (!heartbeat(now)) join(now);
        const live = liveWorkers(now);
        const rank = live.indexOf(worker);
        const share = Math.floor(partitions / live.length) + (rank < partitions % live.length ? 1 : 0);

        const owned = control
          .prepare("SELECT partition, epoch FROM leases WHERE consumer_group = ? AND owner = ? ORDER BY partition")
          .all(group, worker)
          .map(pair);
        // One of ours that we do not know of comes from a take whose commit was reported as failed.
        const known = owned.filter(([partition, epoch]) => held.get(partition) === epoch);
        const kept = known.slice(0, share);
        for (const lease of owned) if (!kept.includes(lease)) free(lease[0]);
        return new Map(kept.length < share ? [...kept, ...take(share - kept.length)] : kept);
      }),

    renew: () => control.write(() => heartbeat(clock.now())),

    leave: () =>
      control.write(() => {
        control.prepare("UPDATE leases SET owner = NULL WHERE consumer_group = ? AND owner = ?").run(group, worker);
        control.prepare("DELETE FROM workers WHERE consumer_group = ? AND worker = ?").run(group, worker);
      }),
  };
}

function pair(row: Record<string, unknown>): [number, number] {
  return [Number(row["partition"]), Number(row["epoch"])];
}
