import type { Db } from "./database";

/** How far a consumer group is in one partition. */
export interface Checkpoint {
  /** The last message that is done. */
  position: number;
  /** Events up to it. */
  total: number;
  /** How often the messages from there to `attemptTo` have been delivered. */
  attempts: number;
  attemptTo: number;
}

/** Makes `epoch` the only one whose commits count from now on. Undefined if a later epoch has come already. */
export function fence(store: Db, group: string, epoch: number): Checkpoint | undefined {
  return store.write(() => {
    store
      .prepare(
        `INSERT INTO checkpoints (consumer_group, position, total, epoch, attempts, attempt_to) VALUES (?, 0, 0, ?, 0, 0)
          ON CONFLICT DO UPDATE SET epoch = excluded.epoch WHERE epoch < excluded.epoch`,
      )
      .run(group, epoch);
    const sql =
      "SELECT position, total, attempts, attempt_to AS attemptTo FROM checkpoints WHERE consumer_group = ? AND epoch = ?";
    return store.prepare(sql).get(group, epoch) as unknown as Checkpoint | undefined;
  });
}

/** Moves the checkpoint; it never goes back. False if another owner has fenced this epoch off. */
export function save(store: Db, group: string, epoch: number, checkpoint: Checkpoint): boolean {
  const { position, total, attempts, attemptTo } = checkpoint;
  const sql = `UPDATE checkpoints SET position = ?, total = ?, attempts = ?, attempt_to = ?
    WHERE consumer_group = ? AND epoch = ? AND position <= ?`;
  return store.prepare(sql).run(position, total, attempts, attemptTo, group, epoch, position).changes === 1;
}

/** Every group's checkpoint. */
export function checkpoints(store: Db): (Checkpoint & { group: string })[] {
  const sql =
    'SELECT consumer_group AS "group", position, total, attempts, attempt_to AS attemptTo FROM checkpoints ORDER BY 1';
  return store.prepare(sql).all() as unknown as (Checkpoint & { group: string })[];
}
