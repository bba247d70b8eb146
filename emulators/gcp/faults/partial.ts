import type { Answer, Rule, Split } from "../../http-faults/fault";
import type { Choose } from "../../seeded-faults";

type Json = Record<string, unknown>;

/** What a write fails with, by turns: code numbers of google.rpc.Code. */
const STATUSES = [
  { code: 10, message: "Too much contention on these documents. Please try again." },
  { code: 14, message: "The service is currently unavailable." },
];
const ROW_ERROR = { reason: "timeout", location: "", debugInfo: "", message: "" };

/**
 * Some writes of Firestore's batchWrite, or some rows of BigQuery's insertAll, fail: the service does not get them, and the
 * answer says so in the service's own way. A choice may name the code (of google.rpc.Code, as text) or the reason. Other
 * requests pass.
 */
export function partial(choose: Choose): Rule {
  return ({ path }) => {
    if (path.endsWith("/documents:batchWrite"))
      return { kind: "split", split: (body) => splitWrites(parse(body), choose) };
    if (path.endsWith("/insertAll")) return { kind: "split", split: (body) => splitRows(parse(body), choose) };
    return undefined;
  };
}

function splitWrites(input: Json, choose: Choose): Split {
  const { all, rest, choices } = divided(input["writes"], choose);
  let turn = 0;
  const failures = choices.map((choice) => (choice === false ? undefined : statusOf(choice, turn++)));
  return {
    rest: rest.length === 0 ? undefined : JSON.stringify({ ...input, writes: rest }),
    merge: (answer) => {
      if (answer !== undefined && answer.status !== 200) return answer;
      const { writeResults = [], status = [] } = (answer === undefined ? {} : parse(answer.body)) as Record<
        string,
        unknown[]
      >;
      const [results, statuses] = [writeResults.values(), status.values()];
      return json(answer, {
        writeResults: all.map((_, position) => (failures[position] === undefined ? results.next().value : {})),
        status: failures.map((failure) => failure ?? statuses.next().value),
      });
    },
  };
}

/** Rows that are refused keep the others out only when they are invalid, which these are not. */
function splitRows(input: Json, choose: Choose): Split {
  const { rest, choices } = divided(input["rows"], choose);
  const positions = choices.flatMap((choice, position) => (choice === false ? [position] : []));
  const own = choices.flatMap((choice, index) =>
    choice === false ? [] : [{ index, errors: [{ ...ROW_ERROR, ...(choice === true ? {} : { reason: choice }) }] }],
  );
  return {
    rest: rest.length === 0 ? undefined : JSON.stringify({ ...input, rows: rest }),
    merge: (answer) => {
      if (answer !== undefined && answer.status !== 200) return answer;
      const output = answer === undefined ? { kind: "bigquery#tableDataInsertAllResponse" } : parse(answer.body);
      const theirs = ((output as Json)["insertErrors"] ?? []) as { index: number }[];
      const moved = theirs.map((error) => ({ ...error, index: positions[error.index]! }));
      const insertErrors = [...own, ...moved].sort((left, right) => left.index - right.index);
      return json(answer, { ...output, ...(insertErrors.length === 0 ? {} : { insertErrors }) });
    },
  };
}

function divided(entries: unknown, choose: Choose) {
  const all = (entries ?? []) as unknown[];
  const choices = all.map((entry, position) => choose(entry, position, all.length));
  return { all, choices, rest: all.filter((_, position) => choices[position] === false) };
}

function statusOf(choice: string | true, turn: number): object {
  return choice === true ? STATUSES[turn % STATUSES.length]! : { code: Number(choice), message: "Injected." };
}

function json(answer: Answer | undefined, output: object): Answer {
  const headers = { "content-type": "application/json; charset=UTF-8", ...answer?.headers };
  return { status: 200, headers, body: JSON.stringify(output) };
}

function parse(body: Buffer | string): Json {
  return JSON.parse(body.toString()) as Json;
}
