import { RpcError } from "../../grpc/status";
import type { Fields, Value } from "./model";

/** https://cloud.google.com/firestore/quotas#limits: "Constraints on field names". */
const MAX_NAME_BYTES = 1_500;

/** Names between the dots of a path. */
export type FieldPath = readonly string[];

/** Takes a path apart: names are joined by dots, and quoted by backticks if they are not plain. */
export function parseFieldPath(path: string): FieldPath {
  const names = path.match(/`(?:[^`\\]|\\.)*`|[^.`]+/g) ?? [];
  const escaped = names.join(".");
  if (names.length === 0 || escaped !== path)
    throw new RpcError("INVALID_ARGUMENT", `Invalid property path "${path}".`);
  return names.map((name) => (name.startsWith("`") ? name.slice(1, -1).replace(/\\(.)/g, "$1") : name));
}

export function checkFieldName(name: string): void {
  if (name === "" || /^__.*__$/.test(name) || Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new RpcError("INVALID_ARGUMENT", `Invalid field name "${name.slice(0, 100)}".`);
}

export function getField(fields: Fields, path: FieldPath): Value | undefined {
  let at: Fields | undefined = fields;
  for (const [depth, name] of path.entries()) {
    const value: Value | undefined = at !== undefined && Object.hasOwn(at, name) ? at[name] : undefined;
    if (depth === path.length - 1) return value;
    at = value?.mapValue?.fields;
  }
  return undefined;
}

/** The fields with one of them set, or without it. What is not on the way stays the same object: documents are never changed in place. */
export function withField(fields: Fields, [name = "", ...rest]: FieldPath, value: Value | undefined): Fields {
  const { [name]: old, ...others } = fields;
  if (rest.length > 0) {
    if (value === undefined && old?.mapValue === undefined) return fields;
    return { ...fields, [name]: { mapValue: { fields: withField(old?.mapValue?.fields ?? {}, rest, value) } } };
  }
  return value === undefined ? others : { ...fields, [name]: value };
}

/** Only these fields. */
export function project(fields: Fields, paths: readonly FieldPath[]): Fields {
  let kept: Fields = {};
  for (const path of paths) {
    const value = getField(fields, path);
    if (value !== undefined) kept = withField(kept, path, value);
  }
  return kept;
}
