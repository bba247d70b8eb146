import type { PredictionQuery, StoredPrediction } from "../../../shared/ports";
import { inOrder, isWithin } from "../../in-order";
import { attempted } from "./attempts";
import { documentId } from "./collection";
import { fromFields, type StoredDocument } from "./document";
import type { Target } from "./write";

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
export function queryCollection(source: Target, query: PredictionQuery): AsyncGenerator<StoredPrediction> {
  return inOrder(matching(source, query), query);
}

async function* matching(source: Target, query: PredictionQuery): AsyncGenerator<StoredPrediction[]> {
  for await (const page of pages(source, query))
    yield page.filter((row) => (query.id === undefined || row.id === query.id) && isWithin(row, query));
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
