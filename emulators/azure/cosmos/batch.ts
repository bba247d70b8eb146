import type { Budget } from "./budget";
import { rounded } from "./charge";
import type { Container } from "./container";
import { type Json, keyOf, MAX_DOCUMENT_BYTES } from "./document";
import { asCosmosFault, CosmosFault } from "./fault";
import { type ItemResult, type ItemVerb, runItem } from "./items";

/** https://learn.microsoft.com/azure/cosmos-db/nosql/transactional-batch#limitations */
const MAX_OPERATIONS = 100;
const VERBS: readonly unknown[] = ["Create", "Upsert", "Replace", "Read", "Delete"] satisfies ItemVerb[];
const FAILED_DEPENDENCY = 424;

/** An operation as it comes over the wire. */
interface Operation {
  operationType: ItemVerb;
  id?: string;
  resourceBody?: Json;
  ifMatch?: string;
  ifNoneMatch?: string;
  /** In a bulk, where each has its own: `["a"]`. */
  partitionKey?: string;
}

/** What became of it, as it goes over the wire. */
interface OperationResult {
  statusCode: number;
  requestCharge: number;
  subStatusCode?: number;
  eTag?: string;
  resourceBody?: Json;
  retryAfterMilliseconds?: number;
}

export interface BatchResult {
  /** 207 if an operation failed. */
  status: 200 | 207;
  results: OperationResult[];
  charge: number;
}

/** The operations of a request's body. Throws 413 or 400 for more than the service takes. */
export function operationsOf(body: Buffer): Operation[] {
  if (body.length > MAX_DOCUMENT_BYTES) throw new CosmosFault(413, "Request size is too large.");
  const operations = parsed(body);
  if (operations.length === 0) throw new CosmosFault(400, "The batch has no operations.");
  if (operations.length > MAX_OPERATIONS)
    throw new CosmosFault(400, "Batch request has more operations than what is supported.");
  const unknown = operations.find(({ operationType }) => !VERBS.includes(operationType));
  if (unknown !== undefined) throw new CosmosFault(501, `Not emulated: ${unknown.operationType} in a batch.`);
  return operations;
}

/** All operations on one partition, or none: after a failure every other one is answered 424. */
export function runAtomic(container: Container, operations: readonly Operation[], key: string): BatchResult {
  const results: OperationResult[] = [];
  try {
    container.atomically(() => {
      for (const operation of operations) results.push(resultOf(operation, runItem(container, callOf(operation, key))));
    });
  } catch (thrown) {
    const failed = results.length;
    const culprit = failureOf(asCosmosFault(thrown));
    const others = operations.map(() => ({ statusCode: FAILED_DEPENDENCY, requestCharge: 0 }));
    return batchResult(others.with(failed, culprit), chargeOf(results) + culprit.requestCharge);
  }
  return batchResult(results, chargeOf(results));
}

/** Each operation for itself, on the partition that it names. */
export function runBulk(
  container: Container,
  operations: readonly Operation[],
  { budget, continueOnError }: { budget: Budget; continueOnError: boolean },
): BatchResult {
  const results: OperationResult[] = [];
  for (const operation of operations) {
    const isStopped = !continueOnError && results.some(isFailure);
    results.push(isStopped ? { statusCode: FAILED_DEPENDENCY, requestCharge: 0 } : runOne(operation));
  }
  return batchResult(results, chargeOf(results));

  function runOne(operation: Operation): OperationResult {
    try {
      budget.admit();
      const result = resultOf(operation, runItem(container, callOf(operation, keyOf(operation.partitionKey))));
      budget.spend(result.requestCharge);
      return result;
    } catch (thrown) {
      const failure = failureOf(asCosmosFault(thrown));
      budget.spend(failure.requestCharge);
      return failure;
    }
  }
}

function callOf({ operationType: verb, id, resourceBody: document, ifMatch, ifNoneMatch }: Operation, key: string) {
  return { verb, key, id, document, ifMatch, ifNoneMatch };
}

function resultOf({ operationType }: Operation, { status, stored, charge }: ItemResult): OperationResult {
  if (stored === undefined) return { statusCode: status, requestCharge: charge };
  const resourceBody = operationType === "Delete" ? {} : { resourceBody: stored.document };
  return { statusCode: status, requestCharge: charge, eTag: stored.etag, ...resourceBody };
}

function failureOf({ status, detail: { substatus, charge = 0, retryAfterMs } }: CosmosFault): OperationResult {
  return {
    statusCode: status,
    requestCharge: charge,
    ...(substatus === undefined ? {} : { subStatusCode: substatus }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMilliseconds: retryAfterMs }),
  };
}

function batchResult(results: OperationResult[], charge: number): BatchResult {
  return { status: results.some(isFailure) ? 207 : 200, results, charge: rounded(charge) };
}

function isFailure({ statusCode }: OperationResult): boolean {
  return statusCode >= 400;
}

function chargeOf(results: readonly OperationResult[]): number {
  return results.reduce((sum, { requestCharge }) => sum + requestCharge, 0);
}

function parsed(body: Buffer): Operation[] {
  try {
    const operations: unknown = JSON.parse(body.toString());
    if (Array.isArray(operations)) return operations;
  } catch {
    // Answered below.
  }
  throw new CosmosFault(400, "The batch is no list of operations.");
}
