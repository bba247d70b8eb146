import type { Json } from "./document";
import { CosmosFault } from "./fault";

/** What a request asks for, in Cosmos DB's SQL. */
export interface QuerySpec {
  query: string;
  parameters: { name: string; value: unknown }[];
}

export interface Page {
  documents: unknown[];
  /** For the next page; undefined on the last. */
  continuation: string | undefined;
}

/** https://learn.microsoft.com/azure/cosmos-db/nosql/query/pagination */
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1_000;

/** Throws 400 for a body that is no query. */
export function querySpecOf(body: Buffer): QuerySpec {
  try {
    const { query, parameters = [] } = JSON.parse(body.toString()) as Partial<QuerySpec>;
    if (typeof query === "string" && Array.isArray(parameters)) return { query, parameters };
  } catch {
    // Answered below.
  }
  throw new CosmosFault(400, 'The query is no JSON of the form {"query": "...", "parameters": []}.');
}

/** The size of a page as a header has it; -1 leaves it to the service. */
export function pageSizeOf(header: unknown): number {
  const size = Number(header ?? DEFAULT_PAGE);
  return Number.isInteger(size) && size > 0 ? Math.min(size, MAX_PAGE) : DEFAULT_PAGE;
}

/** Throws 400 for what is no SQL. */
export async function runQuery(
  documents: readonly Json[],
  { query, parameters }: QuerySpec,
  { limit, continuation }: { limit: number; continuation: string | undefined },
): Promise<Page> {
  // Spatial functions make it large, and few runs query anything.
  const { default: parse } = await import("@zeit/cosmosdb-query");
  try {
    const { result, continuation: next } = parse(query).exec([...documents], {
      parameters,
      maxItemCount: limit,
      ...(continuation === undefined ? {} : { continuation: { token: continuation } }),
    });
    return { documents: result, continuation: (next as { token: string } | null)?.token };
  } catch (thrown) {
    throw new CosmosFault(400, `The query cannot be run: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
}
