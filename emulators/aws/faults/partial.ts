import type { Answer, RequestHead, Rule, Split } from "../../http-faults/fault";
import type { Choose } from "../../seeded-faults";
import { errorAnswer } from "./errors";
import { operationOf } from "./service";

type Json = Record<string, unknown>;

/** Batches whose answer has one result per entry, in the same place. */
interface Positional {
  /** Name of the entries in the request. */
  entries: string;
  /** Names of the results and of the number of failures in the answer. */
  results: string;
  failed: string;
  /** What an entry fails with, by turns. */
  codes: readonly [string, ...string[]];
}

const POSITIONAL: Record<string, Positional> = {
  // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
  PutRecords: {
    entries: "Records",
    results: "Records",
    failed: "FailedRecordCount",
    codes: ["ProvisionedThroughputExceededException", "InternalFailure"],
  },
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
  PutEvents: {
    entries: "Entries",
    results: "Entries",
    failed: "FailedEntryCount",
    codes: ["ThrottlingException", "InternalFailure"],
  },
};

/**
 * Some entries of PutRecords, PutEvents or BatchWriteItem fail: the service does not get them, and the answer says so in the
 * service's own way. Other requests pass.
 */
export function partial(choose: Choose): Rule {
  return (request) => {
    const operation = operationOf(request) ?? "";
    const positional = POSITIONAL[operation];
    if (positional) return { kind: "split", split: (body) => splitEntries(positional, parse(body), choose) };
    if (operation === "BatchWriteItem")
      return { kind: "split", split: (body) => splitItems(request, parse(body), choose) };
    return undefined;
  };
}

function splitEntries({ entries, results, failed, codes }: Positional, input: Json, choose: Choose): Split {
  const all = input[entries] as unknown[];
  let turn = 0;
  const errors = all.map((entry, position) => {
    const choice = choose(entry, position, all.length);
    return choice === true ? codes[turn++ % codes.length] : choice;
  });
  const rest = all.filter((_, position) => errors[position] === false);
  return {
    rest: rest.length === 0 ? undefined : JSON.stringify({ ...input, [entries]: rest }),
    merge: (answer) => {
      if (answer !== undefined && answer.status !== 200) return answer;
      const output: Json = answer === undefined ? { [failed]: 0 } : parse(answer.body);
      const stored = ((output[results] ?? []) as unknown[]).values();
      const merged = errors.map((code) =>
        code === false ? stored.next().value : { ErrorCode: code, ErrorMessage: `${code}.` },
      );
      const count = Number(output[failed]) + all.length - rest.length;
      return json({ ...output, [results]: merged, [failed]: count }, answer, "1.1");
    },
  };
}

/** A batch of which nothing could be written fails as a whole: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
function splitItems(request: RequestHead, input: Json, choose: Choose): Split {
  const tables = Object.entries(input["RequestItems"] as Record<string, unknown[]>);
  const count = tables.reduce((sum, [, items]) => sum + items.length, 0);
  const rest: Record<string, unknown[]> = {};
  const unprocessed: Record<string, unknown[]> = {};
  let position = 0;
  for (const [table, items] of tables) {
    for (const item of items) {
      const side = choose(item, position++, count) === false ? rest : unprocessed;
      side[table] ??= [];
      side[table].push(item);
    }
  }
  return {
    rest: Object.keys(rest).length === 0 ? undefined : JSON.stringify({ ...input, RequestItems: rest }),
    merge: (answer) => {
      if (answer === undefined) return errorAnswer(request, "throttled");
      if (answer.status !== 200) return answer;
      const output = parse(answer.body);
      const theirs = output["UnprocessedItems"] as Record<string, unknown[]>;
      for (const [table, items] of Object.entries(theirs))
        unprocessed[table] = [...(unprocessed[table] ?? []), ...items];
      return json({ ...output, UnprocessedItems: unprocessed }, answer, "1.0");
    },
  };
}

function json(output: Json, answer: Answer | undefined, version: "1.0" | "1.1"): Answer {
  const headers = { "content-type": `application/x-amz-json-${version}`, ...answer?.headers };
  // DynamoDB sends a checksum of the body, which is another one now.
  delete (headers as Answer["headers"])["x-amz-crc32"];
  return { status: 200, headers, body: JSON.stringify(output) };
}

function parse(body: Buffer | string): Json {
  return JSON.parse(body.toString()) as Json;
}
