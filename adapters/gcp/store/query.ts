import type { PredictionQuery, StoredPrediction } from "../../../shared/ports";
import { attempted } from "./attempts";
import { documentId } from "./collection";
import { fromFields, type StoredDocument } from "./document";
import type { Target } from "./write";

/** Rows that are held to be sorted. */
const MOST_SORTED = 10_000;

/** Documents of one answer, which is in memory as a whole: 1 MiB each at the worst. */
const PAGE_DOCUMENTS = 300;

/** One prediction, as of now. */
export async function getPrediction(
  { client, collection, signal }: Target,
  key: string,
  id: string,
): Promise<StoredPrediction | undefined> {
  // Not GET: to that, a database that does not exist looks like a document that does not.
  const [answer] = await client.json<{ found?: StoredDocument }[]>({
    path: `${collection.databasePath}:batchGet`,
    body: { documents: [`${collection.name}/${documentId(key, id)}`] },
    signal,
  });
  return answer?.found && fromFields(answer.found.fields ?? {});
}

/**
 * Predictions that match, in the order of event time. A key and an id are one read, a key alone reads the key's documents,
 * and anything else reads the whole collection, which costs as much as that is large. Never more than 10,000 rows are held:
 * a query without such a limit that finds more gives them in no useful order.
 */
export async function* queryCollection(source: Target, query: PredictionQuery): AsyncGenerator<StoredPrediction> {
  const { limit } = query;
  const most = Math.min(limit, MOST_SORTED);
  const order = byTime(query.newest === true);
  let held: StoredPrediction[] = [];
  let given = 0;
  for await (const page of pages(source, query)) {
    for (const row of page) if (matches(row, query)) held.push(row);
    if (held.length <= most) continue;
    if (limit > MOST_SORTED) {
      for (const row of held) if (given++ < limit) yield row;
      if (given >= limit) return;
      held = [];
    } else if (held.length >= 2 * most) {
      held = held.sort(order).slice(0, most);
    }
  }
  for (const row of held.sort(order)) if (given++ < limit) yield row;
}

/** Pages of what may match, in the order of the documents' names, which are hashes. */
async function* pages(source: Target, { key, id, limit }: PredictionQuery): AsyncGenerator<StoredPrediction[]> {
  if (limit <= 0) return;
  if (key !== undefined && id !== undefined) {
    const row = await attempted(() => getPrediction(source, key, id), source);
    if (row) yield [row];
    return;
  }
  const { client, collection, signal } = source;
  for (let last: string | undefined; ; ) {
    const call = {
      path: `${collection.parentPath}:runQuery`,
      body: { structuredQuery: pageQuery(collection.id, key, last) },
      signal,
    };
    const answers = await attempted(() => client.json<{ document?: StoredDocument }[]>(call), source);
    const documents = answers.flatMap(({ document }) => document ?? []);
    // A key's latest state is no event.
    yield documents.flatMap(({ fields }) => fromFields(fields ?? {}) ?? []);
    if (documents.length < PAGE_DOCUMENTS) return;
    last = documents.at(-1)?.name;
  }
}

/** By the document's name, so that a page starts where the last one ended; with an equality, the key's own index is enough. */
function pageQuery(collectionId: string, key: string | undefined, last: string | undefined): object {
  return {
    from: [{ collectionId }],
    ...(key === undefined
      ? {}
      : { where: { fieldFilter: { field: { fieldPath: "key" }, op: "EQUAL", value: { stringValue: key } } } }),
    orderBy: [{ field: { fieldPath: "__name__" }, direction: "ASCENDING" }],
    ...(last === undefined ? {} : { startAt: { values: [{ referenceValue: last }], before: false } }),
    limit: PAGE_DOCUMENTS,
  };
}

function matches({ id, time }: StoredPrediction, query: PredictionQuery): boolean {
  const { from, to } = query;
  if (query.id !== undefined && id !== query.id) return false;
  return (from === undefined || time >= from) && (to === undefined || time < to);
}

function byTime(newest: boolean) {
  const sign = newest ? -1 : 1;
  return (a: StoredPrediction, b: StoredPrediction) =>
    sign * (a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
