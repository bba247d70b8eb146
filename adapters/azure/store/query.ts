import type { PredictionQuery, StoredPrediction } from "../../../shared/ports";
import { inOrder, isWithin } from "../../in-order";
import { attempted } from "../attempts";
import { isNotFound } from "../errors";
import { type Container, DOCUMENTS, jsonOf, partitionOf, pathOf, send } from "./container";
import { documentId, fromDocument, LATEST, type StoredDocument } from "./document";

/** Documents of one answer, which has 4 MB at most. */
const PAGE_DOCUMENTS = 1_000;

/** A continuation comes and goes in a header, and Node takes 16 KB of those. */
const HEADERS = {
  "content-type": "application/query+json",
  "x-ms-documentdb-isquery": "true",
  "x-ms-documentdb-responsecontinuationtokenlimitinkb": "4",
} as const;

/** https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LAST_TIME = 8.64e15;

interface Page {
  Documents: Partial<StoredDocument>[];
}

/** One prediction, as fresh as the account's consistency has it. */
export async function getPrediction(
  container: Container,
  key: string,
  id: string,
): Promise<StoredPrediction | undefined> {
  try {
    const answer = await send(container, { path: pathOf(documentId(id)), headers: partitionOf(key) });
    return fromDocument(jsonOf(answer));
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/**
 * Predictions that match, in the order of event time. A key and an id are one read; a key alone is a query of its partition,
 * which reads no more than the limit. Anything else goes through all partitions, whose orders the service does not merge over
 * REST: never more than 10,000 rows are held, so a query without such a limit that finds more gives them in no useful order.
 */
export async function* queryContainer(container: Container, query: PredictionQuery): AsyncGenerator<StoredPrediction> {
  const { key, id, limit } = query;
  if (limit <= 0) return;
  if (key !== undefined && id !== undefined) {
    const row = await attempted(() => getPrediction(container, key, id), container);
    if (row && isWithin(row, query)) yield row;
    return;
  }
  if (key === undefined) return yield* inOrder(pages(container, query), query);
  let left = limit;
  for await (const page of pages(container, query)) {
    for (const row of page) {
      yield row;
      if (--left <= 0) return;
    }
  }
}

async function* pages(container: Container, query: PredictionQuery): AsyncGenerator<StoredPrediction[]> {
  const { key, limit } = query;
  const call = {
    path: DOCUMENTS,
    body: queryText(query),
    headers: {
      ...HEADERS,
      "x-ms-max-item-count": String(Math.min(key === undefined ? PAGE_DOCUMENTS : limit, PAGE_DOCUMENTS)),
      ...(key === undefined ? { "x-ms-documentdb-query-enablecrosspartition": "true" } : partitionOf(key)),
    },
  };
  for (let from: Record<string, string> = {}; ; ) {
    const answer = await attempted(
      () => send(container, { ...call, headers: { ...call.headers, ...from } }),
      container,
    );
    // A page may be empty although there are more.
    yield jsonOf<Page>(answer).Documents.flatMap((document) => fromDocument(document) ?? []);
    const next = answer.headers["x-ms-continuation"];
    if (next === undefined || next === "") return;
    from = { "x-ms-continuation": next };
  }
}

/** Only on what every container indexes, and the event's time. A key's latest state is no event. */
function queryText({ key, id, from, to, newest }: PredictionQuery): string {
  const parameters: { name: string; value: string | number }[] = [];
  const conditions = [`c.id != "${LATEST}"`];
  const require = (condition: string, name: string, value: string | number | undefined) => {
    if (value === undefined) return;
    conditions.push(`${condition} ${name}`);
    parameters.push({ name, value });
  };
  require("c.id =", "@id", id === undefined ? undefined : documentId(id));
  require("c.time >=", "@from", bound(from));
  require("c.time <", "@to", bound(to));
  const order = key === undefined ? "" : ` ORDER BY c.time ${newest ? "DESC" : "ASC"}`;
  return JSON.stringify({ query: `SELECT * FROM c WHERE ${conditions.join(" AND ")}${order}`, parameters });
}

/** JSON has no `Infinity`, and no event has a time beyond what a Date can hold. */
function bound(time: number | undefined): number | undefined {
  return time === undefined ? undefined : Math.max(-LAST_TIME, Math.min(time, LAST_TIME + 1));
}
