import { RpcError } from "../../grpc/status";
import { compareValues } from "./compare";
import type { Documents } from "./documents";
import { parseFieldPath, project } from "./field-path";
import { compileFilter, fieldReader, inequalityFields } from "./filter";
import type { Cursor, Document, Order, StructuredQuery, Value } from "./model";
import { checkParent, lastId } from "./name";
import { canonical } from "./value";

interface SortKey {
  path: string;
  read(document: Document): Value | undefined;
  sign: 1 | -1;
}

const NAME = "__name__";

/** The documents that a query finds, in its order, with the fields that it asks for. No index is missed: all are scanned. */
export function runQuery(documents: Documents, parent: string, query: StructuredQuery): Document[] {
  checkParent(parent);
  const keys = sortKeys(query);
  const test = query.where === undefined ? () => true : compileFilter(query.where);
  const bounds = [bound(query.startAt, keys, "start"), bound(query.endAt, keys, "end")];
  const first = natural("offset", query.offset ?? 0);
  const end = query.limit == null ? Number.POSITIVE_INFINITY : first + natural("limit", query.limit);
  // Candidates of one collection come by name: if that is all that is asked for, nothing is to be sorted or looked at beyond the end.
  const isSorted = isByName(keys) && query.from?.[0]?.allDescendants !== true;
  const found: Document[] = [];
  for (const document of candidates(documents, parent, query)) {
    if (isSorted && found.length >= end) break;
    if (!keys.every(({ read }) => read(document) !== undefined)) continue;
    if (bounds.every((isWithin) => isWithin(document)) && test(document)) found.push(document);
  }
  if (!isSorted) found.sort((left, right) => compareBy(keys, left, right));
  const page = found.slice(first, end);
  const selected = query.select?.fields ?? [];
  // None means all of them; the name alone means none.
  if (selected.length === 0) return page;
  const paths = selected
    .filter(({ fieldPath }) => fieldPath !== NAME)
    .map(({ fieldPath }) => parseFieldPath(fieldPath));
  return page.map((document) => ({ ...document, fields: project(document.fields, paths) }));
}

function candidates(documents: Documents, parent: string, { from = [] }: StructuredQuery): Document[] {
  const [selector] = from;
  if (selector === undefined || from.length > 1)
    throw new RpcError("INVALID_ARGUMENT", "A query needs exactly one collection selector.");
  const { collectionId, allDescendants = false } = selector;
  return documents
    .collections(parent, allDescendants)
    .filter((path) => !collectionId || lastId(path) === collectionId)
    .flatMap((path) => [...documents.list(path)]);
}

/** The order that is asked for, then the fields of inequalities, then the name: https://cloud.google.com/firestore/docs/reference/rest/v1/StructuredQuery */
function sortKeys({ orderBy = [], where }: StructuredQuery): SortKey[] {
  const orders: Order[] = [...orderBy];
  const direction = orders.at(-1)?.direction ?? "ASCENDING";
  for (const fieldPath of [...(where === undefined ? [] : inequalityFields(where)), NAME]) {
    if (!orders.some(({ field }) => field.fieldPath === fieldPath)) orders.push({ field: { fieldPath }, direction });
  }
  return orders.map(({ field: { fieldPath: path }, direction }) => ({
    path,
    read: fieldReader(path),
    sign: direction === "DESCENDING" ? -1 : 1,
  }));
}

function isByName([first]: readonly SortKey[]): boolean {
  return first?.path === NAME && first.sign === 1;
}

function compareBy(keys: readonly SortKey[], left: Document, right: Document): number {
  for (const { read, sign } of keys) {
    const order = compareValues(read(left)!, read(right)!);
    if (order !== 0) return order * sign;
  }
  return 0;
}

/** Whether a document is on the right side of a cursor, which may name fewer values than the order has. */
function bound(cursor: Cursor | undefined, keys: readonly SortKey[], side: "start" | "end") {
  if (cursor === undefined) return () => true;
  const values = (cursor.values ?? []).map((value) => canonical(value));
  if (values.length > keys.length) throw new RpcError("INVALID_ARGUMENT", "Cursor has too many values.");
  const before = cursor.before ?? false;
  return (document: Document) => {
    let order = 0;
    for (let i = 0; i < values.length && order === 0; i++)
      order = compareValues(keys[i]!.read(document)!, values[i]!) * keys[i]!.sign;
    if (order !== 0) return side === "start" ? order > 0 : order < 0;
    return (side === "start") === before;
  };
}

function natural(name: string, count: number): number {
  if (!Number.isInteger(count) || count < 0) throw new RpcError("INVALID_ARGUMENT", `${name} is negative.`);
  return count;
}
