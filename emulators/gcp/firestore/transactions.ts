import type { Clock } from "../../../shared/clock";
import { RpcError } from "../../grpc/status";

/** https://cloud.google.com/firestore/quotas#writes_and_transactions */
const LIFETIME_MS = 270_000;

/** Transactions by optimistic concurrency: what one has read must be the same when it commits. */
export interface Transactions {
  /** The new transaction's ID, in base64. */
  begin(options?: { readOnly?: object }): string;
  /** Notes what a transaction reads: `look` tells it as text, now and at the commit. */
  read(id: string, look: () => string): void;
  /** Ends it. Throws ABORTED if something that it has read is not the same any more. */
  commit(id: string, writes: number): void;
  rollback(id: string): void;
}

interface Transaction {
  since: number;
  readOnly: boolean;
  reads: { look: () => string; seen: string }[];
}

export function createTransactions(clock: Pick<Clock, "monotonic">): Transactions {
  const open = new Map<string, Transaction>();
  let count = 0;

  function find(id: string): Transaction {
    const transaction = open.get(id);
    if (transaction !== undefined && clock.monotonic() - transaction.since <= LIFETIME_MS) return transaction;
    open.delete(id);
    throw new RpcError("INVALID_ARGUMENT", "The referenced transaction has expired or is no longer valid.");
  }

  return {
    begin: ({ readOnly } = {}) => {
      const id = Buffer.from(`transaction ${++count}`).toString("base64");
      open.set(id, { since: clock.monotonic(), readOnly: readOnly !== undefined, reads: [] });
      return id;
    },
    read: (id, look) => {
      const { reads, readOnly } = find(id);
      if (!readOnly) reads.push({ look, seen: look() });
    },
    commit: (id, writes) => {
      const { reads, readOnly } = find(id);
      open.delete(id);
      if (readOnly && writes > 0)
        throw new RpcError("INVALID_ARGUMENT", "Cannot modify entities in a read-only transaction.");
      if (reads.some(({ look, seen }) => look() !== seen))
        throw new RpcError("ABORTED", "Too much contention on these documents. Please try again.");
    },
    rollback: (id) => {
      find(id);
      open.delete(id);
    },
  };
}
