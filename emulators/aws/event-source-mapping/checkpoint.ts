import type { StreamRecord } from "./source";

/** How far a shard is done: up to the last record before which none is open. Lanes finish in any order. */
export interface Checkpoint {
  /** Records that were read, in the shard's order. */
  open(records: readonly StreamRecord[]): void;
  settle(records: readonly StreamRecord[]): void;
  /** Sequence number of the last record that is done with all before it. */
  position(): string | undefined;
  /** Records between the position and the last one read, and their bytes. */
  pending(): { records: number; bytes: number };
}

export function createCheckpoint(start: string | undefined): Checkpoint {
  const open: StreamRecord[] = [];
  const settled = new Set<string>();
  let head = 0;
  let position = start;
  let bytes = 0;

  return {
    open: (records) => {
      for (const record of records) {
        open.push(record);
        bytes += record.data.length;
      }
    },
    settle: (records) => {
      for (const { sequenceNumber } of records) settled.add(sequenceNumber);
      for (let first = open[head]; first && settled.delete(first.sequenceNumber); first = open[++head]) {
        position = first.sequenceNumber;
        bytes -= first.data.length;
      }
      if (head < 1_000 && head < open.length) return;
      open.splice(0, head);
      head = 0;
    },
    position: () => position,
    pending: () => ({ records: open.length - head, bytes }),
  };
}
