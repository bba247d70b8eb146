import { RpcError } from "../../grpc";

export interface PageRequest {
  pageSize?: number;
  pageToken?: string;
}

/** As many as the service gives in one answer. */
const MAX_PAGE = 1000;

/** One page of a list; the token is the place where the next one starts, absent on the last. */
export function page<Item>(all: readonly Item[], request: PageRequest): { items: Item[]; nextPageToken?: string } {
  const start = Number(request.pageToken || 0);
  if (!Number.isInteger(start) || start < 0) throw new RpcError("INVALID_ARGUMENT", "Invalid page token given.");
  const end = start + Math.min(Number(request.pageSize) || MAX_PAGE, MAX_PAGE);
  return { items: all.slice(start, end), ...(end < all.length && { nextPageToken: String(end) }) };
}
