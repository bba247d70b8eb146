import { RpcError } from "../../grpc/status";
import { compareValues, isNumber, numberOf } from "./compare";
import type { FieldTransform, Value } from "./model";
import { canonical, clampedInteger, doubleOf } from "./value";

/** What a field becomes, and what the answer says of it. */
export interface Transformed {
  value: Value;
  result: Value;
}

/** https://cloud.google.com/firestore/docs/reference/rest/v1/Write#FieldTransform */
export function transform(transformation: FieldTransform, current: Value | undefined, now: string): Transformed {
  const { setToServerValue, increment, maximum, minimum, appendMissingElements, removeAllFromArray } = transformation;
  if (setToServerValue === "REQUEST_TIME") return both({ timestampValue: now });
  if (increment) return both(sum(current, operand(increment)));
  if (maximum) return both(extreme(current, operand(maximum), 1));
  if (minimum) return both(extreme(current, operand(minimum), -1));
  const list = current?.arrayValue?.values ?? [];
  if (appendMissingElements) return ofArray([...list, ...missing(list, elements(appendMissingElements))]);
  if (removeAllFromArray) {
    const gone = elements(removeAllFromArray);
    return ofArray(list.filter((item) => !contains(gone, item)));
  }
  throw new RpcError("INVALID_ARGUMENT", `The transform of "${transformation.fieldPath}" has no known type.`);
}

/** An integer stays one, within its 64 bits, as long as both are. */
function sum(current: Value | undefined, by: Value): Value {
  if (!isNumber(current)) return by;
  if (current.integerValue !== undefined && by.integerValue !== undefined)
    return { integerValue: clampedInteger(BigInt(current.integerValue) + BigInt(by.integerValue)) };
  return { doubleValue: doubleOf(numberOf(current) + numberOf(by)) };
}

/** What is equal stays as it is; NaN wins over every number. */
function extreme(current: Value | undefined, value: Value, sign: 1 | -1): Value {
  if (!isNumber(current) || Number.isNaN(numberOf(value))) return value;
  if (Number.isNaN(numberOf(current))) return current;
  return compareValues(value, current) * sign > 0 ? value : current;
}

function operand(value: Value): Value {
  const number = canonical(value);
  if (!isNumber(number)) throw new RpcError("INVALID_ARGUMENT", "The operand of a transform must be a number.");
  return number;
}

function elements({ values = [] }: { values?: Value[] }): Value[] {
  return values.map((value) => canonical(value));
}

/** Those of the new that are not there yet, each once. */
function missing(list: readonly Value[], values: readonly Value[]): Value[] {
  const added: Value[] = [];
  for (const value of values) if (!contains(list, value) && !contains(added, value)) added.push(value);
  return added;
}

function contains(list: readonly Value[], value: Value): boolean {
  return list.some((item) => compareValues(item, value) === 0);
}

function both(value: Value): Transformed {
  return { value, result: value };
}

function ofArray(values: Value[]): Transformed {
  return { value: { arrayValue: values.length === 0 ? {} : { values } }, result: { nullValue: null } };
}
