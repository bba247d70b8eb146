const KIB = 1024;

/**
 * Without indexes: https://learn.microsoft.com/azure/cosmos-db/key-value-store-cost has 1 RU for a read of 1 KB and 10 RU for
 * one of 100 KB, and five times as much for a write. What indexes add depends on the policy and is left out.
 */
const READ_RU = 1;
const READ_RU_100_KB = 10;
const WRITES_PER_READ = 5;
/** What a query costs before it has found anything: https://learn.microsoft.com/azure/cosmos-db/optimize-cost-reads-writes */
const QUERY_RU = 2.3;

/** A read of a document by its id; also what it costs to find that something is not as the client thinks. */
export function readCharge(bytes: number): number {
  const perKib = (READ_RU_100_KB - READ_RU) / 99;
  return rounded(READ_RU + Math.max(0, bytes / KIB - 1) * perKib);
}

/** Creating, replacing or deleting a document. */
export function writeCharge(bytes: number): number {
  return rounded(readCharge(bytes) * WRITES_PER_READ);
}

/** A page of a query's results. */
export function queryCharge(bytes: number): number {
  return rounded(QUERY_RU + readCharge(bytes));
}

/** Header values have two digits. */
export function rounded(charge: number): number {
  return Math.round(charge * 100) / 100;
}
