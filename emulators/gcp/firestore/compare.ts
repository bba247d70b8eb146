import { inBytes } from "../../byte-order";
import type { Kind, Value } from "./model";
import { compareNames } from "./name";
import { compareTimes } from "./time";
import { kindOf } from "./value";

/** Order of values of different types: https://cloud.google.com/firestore/docs/concepts/data-types#value_type_ordering */
const RANK: Record<Kind, number> = {
  nullValue: 0,
  booleanValue: 1,
  integerValue: 2,
  doubleValue: 2,
  timestampValue: 3,
  stringValue: 4,
  bytesValue: 5,
  referenceValue: 6,
  geoPointValue: 7,
  arrayValue: 8,
  mapValue: 9,
};

/** Whether two values may be compared by a range: numbers with numbers, texts with texts. */
export function isSameType(left: Value, right: Value): boolean {
  return RANK[kindOf(left)] === RANK[kindOf(right)];
}

export function isNumber(value: Value | undefined): value is Value {
  return value !== undefined && RANK[kindOf(value)] === RANK.integerValue;
}

export function numberOf(value: Value): number {
  return Number(value.integerValue ?? value.doubleValue);
}

/** Below 0, 0 or above 0; of canonical values. */
export function compareValues(left: Value, right: Value): number {
  const kind = kindOf(left);
  const other = kindOf(right);
  if (RANK[kind] !== RANK[other]) return RANK[kind] - RANK[other];
  switch (kind) {
    case "nullValue":
      return 0;
    case "booleanValue":
      return Number(left.booleanValue) - Number(right.booleanValue);
    case "integerValue":
    case "doubleValue":
      return compareNumbers(left, right);
    case "timestampValue":
      return compareTimes(left.timestampValue!, right.timestampValue!);
    case "stringValue":
      return inBytes(left.stringValue!, right.stringValue!);
    case "bytesValue":
      return Buffer.compare(Buffer.from(left.bytesValue!, "base64"), Buffer.from(right.bytesValue!, "base64"));
    case "referenceValue":
      return compareNames(left.referenceValue!, right.referenceValue!);
    case "geoPointValue": {
      const [a, b] = [left.geoPointValue!, right.geoPointValue!];
      return a.latitude! - b.latitude! || a.longitude! - b.longitude!;
    }
    case "arrayValue":
      return compareLists(left.arrayValue?.values ?? [], right.arrayValue?.values ?? []);
    case "mapValue":
      return compareLists(entriesOf(left), entriesOf(right));
  }
}

/** NaN comes before every number and equals itself. */
function compareNumbers(left: Value, right: Value): number {
  const a = numberOf(left);
  const b = numberOf(right);
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  if (a !== b) return a < b ? -1 : 1;
  if (Number.isSafeInteger(a) || left.integerValue === undefined || right.integerValue === undefined) return 0;
  const [exact, other] = [BigInt(left.integerValue), BigInt(right.integerValue)];
  return exact === other ? 0 : exact < other ? -1 : 1;
}

function compareLists(left: readonly Value[], right: readonly Value[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareValues(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Names and values by turns, sorted by name: maps compare by their first difference. */
function entriesOf({ mapValue }: Value): Value[] {
  const entries = Object.entries(mapValue?.fields ?? {}).sort(([a], [b]) => inBytes(a, b));
  return entries.flatMap(([stringValue, value]) => [{ stringValue }, value]);
}
