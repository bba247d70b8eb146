import { RpcError } from "../../grpc/status";
import { compareValues, isSameType, numberOf } from "./compare";
import { getField, parseFieldPath } from "./field-path";
import type { Document, Filter, Value } from "./model";
import { canonical, kindOf } from "./value";

export type Test = (document: Document) => boolean;
type Compare = (field: Value, value: Value) => boolean;

/** https://cloud.google.com/firestore/docs/query-data/queries#limits_on_or_queries */
const MAX_DISJUNCTIONS = 30;

const UNARY: Record<string, (field: Value) => boolean> = {
  IS_NULL: isNull,
  IS_NOT_NULL: (field) => !isNull(field),
  IS_NAN: isNaNValue,
  IS_NOT_NAN: (field) => !isNaNValue(field),
};

const COMPARISONS: Record<string, Compare> = {
  EQUAL: isEqual,
  // What is null is unequal to nothing.
  NOT_EQUAL: (field, value) => !isNull(field) && !isEqual(field, value),
  LESS_THAN: (field, value) => isSameType(field, value) && compareValues(field, value) < 0,
  LESS_THAN_OR_EQUAL: (field, value) => isSameType(field, value) && compareValues(field, value) <= 0,
  GREATER_THAN: (field, value) => isSameType(field, value) && compareValues(field, value) > 0,
  GREATER_THAN_OR_EQUAL: (field, value) => isSameType(field, value) && compareValues(field, value) >= 0,
  IN: (field, value) => listOf(value).some((item) => isEqual(field, item)),
  NOT_IN: (field, value) => !isNull(field) && !listOf(value).some((item) => isEqual(field, item)),
  ARRAY_CONTAINS: (field, value) => listOf(field).some((item) => isEqual(item, value)),
  ARRAY_CONTAINS_ANY: (field, value) =>
    listOf(field).some((item) => listOf(value).some((other) => isEqual(item, other))),
};

const LISTS = new Set(["IN", "NOT_IN", "ARRAY_CONTAINS_ANY"]);
const INEQUALITIES = new Set([
  "LESS_THAN",
  "LESS_THAN_OR_EQUAL",
  "GREATER_THAN",
  "GREATER_THAN_OR_EQUAL",
  "NOT_EQUAL",
  "NOT_IN",
]);

/** A filter made ready, so that its paths and values are read once and not for each document. */
export function compileFilter({ compositeFilter, fieldFilter, unaryFilter }: Filter): Test {
  if (compositeFilter) {
    const tests = (compositeFilter.filters ?? []).map(compileFilter);
    if (compositeFilter.op === "OR") return (document) => tests.some((test) => test(document));
    return (document) => tests.every((test) => test(document));
  }
  if (unaryFilter) {
    const test = known(UNARY, unaryFilter.op);
    return onField(unaryFilter.field.fieldPath, test);
  }
  if (fieldFilter === undefined) throw new RpcError("INVALID_ARGUMENT", "A filter needs one of its types.");
  const { field, op } = fieldFilter;
  const compare = known(COMPARISONS, op);
  const value = canonical(fieldFilter.value);
  if (LISTS.has(op)) checkList(op, value);
  return onField(field.fieldPath, (found) => compare(found, value));
}

/** Paths of the fields that an inequality is about, in order. */
export function inequalityFields({ compositeFilter, fieldFilter, unaryFilter }: Filter): string[] {
  const inner = (compositeFilter?.filters ?? []).flatMap(inequalityFields);
  const own =
    fieldFilter && INEQUALITIES.has(fieldFilter.op)
      ? [fieldFilter.field.fieldPath]
      : unaryFilter?.op.startsWith("IS_NOT")
        ? [unaryFilter.field.fieldPath]
        : [];
  return [...new Set([...inner, ...own])].sort();
}

/** Reads a field, or the document's name as a reference; undefined if it is not there. */
export function fieldReader(path: string): (document: Document) => Value | undefined {
  if (path === "__name__") return ({ name }) => ({ referenceValue: name });
  const names = parseFieldPath(path);
  return ({ fields }) => getField(fields, names);
}

/** A field that is not there passes no test. */
function onField(path: string, test: (field: Value) => boolean): Test {
  const read = fieldReader(path);
  return (document) => {
    const field = read(document);
    return field !== undefined && test(field);
  };
}

function checkList(op: string, value: Value): void {
  const count = value.arrayValue?.values?.length ?? 0;
  if (count === 0) throw new RpcError("INVALID_ARGUMENT", `'${op}' requires a non-empty ArrayValue.`);
  const most = op === "NOT_IN" ? 10 : MAX_DISJUNCTIONS;
  if (count > most) throw new RpcError("INVALID_ARGUMENT", `'${op}' supports up to ${most} comparison values.`);
}

function known<T>(table: Record<string, T>, op: string): T {
  const found = Object.hasOwn(table, op) ? table[op] : undefined;
  if (found === undefined) throw new RpcError("INVALID_ARGUMENT", `Unknown operator "${op}".`);
  return found;
}

function isEqual(left: Value, right: Value): boolean {
  return compareValues(left, right) === 0;
}

function isNull(value: Value): boolean {
  return kindOf(value) === "nullValue";
}

function isNaNValue(value: Value): boolean {
  return value.doubleValue !== undefined && Number.isNaN(numberOf(value));
}

function listOf({ arrayValue }: Value): Value[] {
  return arrayValue?.values ?? [];
}
