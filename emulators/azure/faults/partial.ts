import type { Answer, RequestHead, Rule, Split } from "../../http-faults/fault";
import type { Choose } from "../../seeded-faults";
import { jsonAnswer } from "../api-fault";
import { CosmosFault, cosmosFaultAnswer } from "../cosmos/fault";
import { RETRY_AFTER_MS } from "./errors";

interface Operation {
  resourceBody?: unknown;
}

interface OperationResult {
  statusCode: number;
  requestCharge: number;
  subStatusCode?: number;
  retryAfterMilliseconds?: number;
}

/** What a document fails with, by turns. */
const STATUSES = [429, 449];
const FAILED_DEPENDENCY = 424;
const THROTTLED = 3200;

/**
 * Some documents that are written to Cosmos DB fail: the service does not get them, and the answer says so in the service's
 * own way. A transactional batch fails as a whole, with the first document that was chosen; in a bulk, and in requests for
 * one document, each fails alone. What is chosen is the document; a choice may name the status, as text. Other requests
 * pass, also those of Event Grid, which takes a batch or does not.
 */
export function partial(choose: Choose): Rule {
  let turn = 0;
  const statusOf = (choice: string | true) => (choice === true ? STATUSES[turn++ % STATUSES.length]! : Number(choice));
  return (request) => {
    if (!isWrite(request)) return undefined;
    if (!isSet(request, "x-ms-cosmos-is-batch-request"))
      return { kind: "split", split: (body) => splitOne(body, choose, statusOf) };
    const split = isSet(request, "x-ms-cosmos-batch-atomic") ? splitAtomic : splitBulk;
    return { kind: "split", split: (body) => split(body, choose, statusOf) };
  };
}

type StatusOf = (choice: string | true) => number;

function splitOne(body: Buffer, choose: Choose, statusOf: StatusOf): Split {
  const choice = choose(JSON.parse(body.toString()), 0, 1);
  if (choice === false) return passing(body);
  const status = statusOf(choice);
  return { rest: undefined, merge: () => cosmosFaultAnswer(new CosmosFault(status, "Injected.", detailOf(status))) };
}

function splitAtomic(body: Buffer, choose: Choose, statusOf: StatusOf): Split {
  const { choices } = chosen(body, choose);
  const culprit = choices.find((choice) => choice !== false);
  if (culprit === undefined) return passing(body);
  const others: OperationResult[] = choices.map(() => ({ statusCode: FAILED_DEPENDENCY, requestCharge: 0 }));
  const results = others.with(choices.indexOf(culprit), failureOf(statusOf(culprit)));
  return { rest: undefined, merge: () => jsonAnswer(207, results, { "x-ms-request-charge": "1" }) };
}

function splitBulk(body: Buffer, choose: Choose, statusOf: StatusOf): Split {
  const { operations, choices } = chosen(body, choose);
  const failures = choices.map((choice) => (choice === false ? undefined : failureOf(statusOf(choice))));
  const rest = operations.filter((_, position) => failures[position] === undefined);
  return {
    rest: rest.length === 0 ? undefined : JSON.stringify(rest),
    merge: (answer) => {
      if (answer !== undefined && answer.status >= 300) return answer;
      const theirs = (answer === undefined ? [] : (JSON.parse(answer.body.toString()) as OperationResult[])).values();
      const results = failures.map((failure) => failure ?? theirs.next().value);
      const status = results.some((result) => (result?.statusCode ?? 0) >= 400) ? 207 : 200;
      return {
        ...jsonAnswer(status, results),
        headers: { ...jsonAnswer(status, results).headers, ...answer?.headers },
      };
    },
  };
}

function passing(body: Buffer): Split {
  return { rest: body, merge: (answer) => answer as Answer };
}

function chosen(body: Buffer, choose: Choose) {
  const operations = JSON.parse(body.toString()) as Operation[];
  const choices = operations.map(({ resourceBody }, position) => choose(resourceBody, position, operations.length));
  return { operations, choices };
}

function failureOf(status: number): OperationResult {
  const { substatus, retryAfterMs } = detailOf(status);
  return {
    statusCode: status,
    requestCharge: 1,
    ...(substatus === undefined ? {} : { subStatusCode: substatus }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMilliseconds: retryAfterMs }),
  };
}

function detailOf(status: number): { substatus?: number; retryAfterMs?: number } {
  return status === 429 ? { substatus: THROTTLED, retryAfterMs: RETRY_AFTER_MS } : {};
}

function isWrite(request: RequestHead): boolean {
  const isDocuments = request.method === "POST" && /^\/dbs\/[^/]+\/colls\/[^/]+\/docs\/?$/.test(request.path);
  return (
    isDocuments && !isSet(request, "x-ms-documentdb-isquery") && !isSet(request, "x-ms-cosmos-is-query-plan-request")
  );
}

function isSet({ headers }: RequestHead, name: string): boolean {
  return String(headers[name] ?? "").toLowerCase() === "true";
}
