import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { processName } from "../../../../adapters/local/sqlite/process";
import { manualClock } from "../../../support/manual-clock";
import { database, eventsOf, filesOf, keysOf, locked, pair, publishing } from "./support";

const leaseMs = 1_000;

describe("a worker that was taken for dead", () => {
  it("cannot move the checkpoint of a partition that has a new owner", async () => {
    const { clock, db, first, second } = pair(1);
    await db.ingest.publish(publishing(4));
    first.balance();
    const stale = first.claim(0);
    clock.block(leaseMs);
    second.balance();
    const claim = second.claim(0);

    const commit = () => stale && first.checkpoint(stale, 4);

    expect(commit).toThrow(expect.objectContaining({ code: "lease-lost", retryable: true }));
    if (claim) second.checkpoint(claim, 2);
    expect(commit).toThrow(expect.objectContaining({ code: "lease-lost" }));
    expect(eventsOf(second.claim(0))).toEqual(["event 2", "event 3"]);
  });

  it("gets nothing more from the partition, and knows at its next heartbeat", async () => {
    const { clock, db, first, second } = pair(1);
    await db.ingest.publish(publishing(1));
    first.balance();
    clock.block(leaseMs);
    second.balance();

    const claim = first.claim(0);
    first.renew();

    expect(claim).toBeUndefined();
    expect(first.owned()).toEqual([]);
  });

  it("cannot commit an old claim even after it owns the partition again", async () => {
    const { clock, db, first, second } = pair(1);
    await db.ingest.publish(publishing(4));
    first.balance();
    const stale = first.claim(0);
    clock.block(leaseMs);
    second.balance();
    const claim = second.claim(0);
    if (claim) second.checkpoint(claim, 4);
    second.release();
    first.balance();

    const commit = () => stale && first.checkpoint(stale, 2);

    expect(first.owned()).toEqual([0]);
    expect(commit).toThrow(expect.objectContaining({ code: "lease-lost" }));
    expect(first.lag()).toEqual({ messages: 0, events: 0 });
  });
});

describe("leases", () => {
  it("go to another worker within the lease time, and not while heartbeats come", () => {
    const { clock, first, second } = pair(2);
    first.balance();
    second.balance();
    first.balance();
    second.balance();
    for (let beats = 0; beats < 20; beats++) {
      clock.block(first.heartbeatMs);
      first.renew();
      second.balance();
    }
    const shared = second.owned();

    clock.block(leaseMs - second.heartbeatMs);
    second.balance();

    expect(shared).toHaveLength(1);
    expect(second.owned()).toHaveLength(2);
  });

  it("go over at once when the owner's process has ended", () => {
    const { db, directory, second } = pair(2);
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    const { control, clock } = filesOf(directory);
    const name = processName().replace(/\d+$/, String(dead));
    control
      .prepare(
        "INSERT INTO workers (consumer_group, worker, process, joined_at, expires_at) VALUES ('default', 'w', ?, 0, ?)",
      )
      .run(name, clock.now() + 600);
    control.prepare("INSERT INTO leases (consumer_group, partition, owner, epoch) VALUES ('default', 0, 'w', 7)").run();

    second.balance();

    expect(second.owned()).toEqual([0, 1]);
    expect(db.partitions).toBe(2);
  });

  it("are shared out evenly as workers come and go", () => {
    const clock = manualClock({ auto: false });
    const db = database({ partitions: 5, clock });
    const workers = [1, 2, 3].map(() => db.consumer({ leaseMs }));
    const rounds = () => {
      for (let round = 0; round < 2; round++) for (const worker of workers) worker.balance();
      return workers.map((worker) => worker.owned().length);
    };
    const [first] = workers;

    const alone = first?.balance().length;
    const together = rounds();
    workers.pop()?.release();
    const two = rounds();

    expect(alone).toBe(5);
    expect(together).toEqual([2, 2, 1]);
    expect(two).toEqual([3, 2]);
  });

  it("are given back for a new worker only between batches", async () => {
    const { db, first, second } = pair(2);
    const [one = "", two = ""] = keysOf(2);
    await db.ingest.publish({ keys: [one, two], bodies: ["a", "b"] });
    first.balance();
    const claims = [first.next(), first.next()];
    second.balance();
    first.renew();
    for (const claim of claims) if (claim) first.checkpoint(claim, 1);

    first.balance();
    second.balance();

    expect(first.owned()).toEqual([0]);
    expect(second.owned()).toEqual([1]);
    expect(second.next()).toBeUndefined();
  });

  it("are held per group", () => {
    const db = database({ partitions: 2 });
    const scoring = db.consumer({ group: "scoring" });
    const audit = db.consumer({ group: "audit" });

    scoring.balance();
    audit.balance();

    expect([scoring.owned().length, audit.owned().length]).toEqual([2, 2]);
  });

  it("survive a wall clock that jumps back: the partitions of a dead worker still move", () => {
    const { clock, first, second } = pair(1);
    first.balance();
    clock.jump(-3_600_000);

    second.balance();

    expect(second.owned()).toEqual([0]);
  });

  it("wait for a busy database and then say that it is unavailable", () => {
    const { directory, first } = pair(1);
    first.balance();
    const unlock = locked(join(directory, "control.db"));

    const renew = () => first.renew();

    expect(renew).toThrow(expect.objectContaining({ code: "unavailable", retryable: true }));
    unlock();
    expect(renew).not.toThrow();
    expect(first.owned()).toEqual([0]);
  });
});
