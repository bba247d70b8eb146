import { RpcError } from "../../grpc/status";
import { isNumber, numberOf } from "./compare";
import { fieldReader } from "./filter";
import type { Aggregation, Document, Fields, Value } from "./model";
import { doubleOf } from "./value";

/** Counts, sums and averages of what a query has found: https://cloud.google.com/firestore/docs/query-data/aggregation-queries */
export function aggregate(found: readonly Document[], aggregations: readonly Aggregation[]): Fields {
  return Object.fromEntries(
    aggregations.map((aggregation, i) => [aggregation.alias ?? `field_${i + 1}`, result(found, aggregation)]),
  );
}

function result(found: readonly Document[], { count, sum, avg }: Aggregation): Value {
  if (count) return { integerValue: String(Math.min(found.length, Number(count.upTo ?? found.length))) };
  const field = sum ?? avg;
  if (field === undefined) throw new RpcError("INVALID_ARGUMENT", "An aggregation needs one of its types.");
  const numbers = found.map(fieldReader(field.field.fieldPath)).filter(isNumber);
  const total = numbers.reduce((all, value) => all + numberOf(value), 0);
  if (avg) return numbers.length === 0 ? { nullValue: null } : { doubleValue: doubleOf(total / numbers.length) };
  const isInteger = numbers.every(({ integerValue }) => integerValue !== undefined);
  return isInteger ? { integerValue: String(total) } : { doubleValue: doubleOf(total) };
}
