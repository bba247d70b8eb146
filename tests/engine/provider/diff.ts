import { isArchive, isAsset, isObject, joinPath, type Properties } from "./values";

/** A difference between a resource's old inputs and its new ones. */
export interface PropertyChange {
  path: string;
  kind: "add" | "delete" | "update";
  before: unknown;
  after: unknown;
}

/** Every difference, at the deepest path that both sides share. Keys that start with `__` are the provider's own notes. */
export function diffInputs(before: Properties, after: Properties): PropertyChange[] {
  return diffObjects(before, after, "");
}

function diffObjects(before: Properties, after: Properties, path: string): PropertyChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => !key.startsWith("__"))
    .flatMap((key) => diffValues(before[key], after[key], joinPath(path, key)));
}

function diffValues(before: unknown, after: unknown, path: string): PropertyChange[] {
  const had = before !== undefined && before !== null;
  const has = after !== undefined && after !== null;
  if (!had && !has) return [];
  if (!had) return [{ path, kind: "add", before, after }];
  if (!has) return [{ path, kind: "delete", before, after }];
  if (Array.isArray(before) && Array.isArray(after)) return diffArrays(before, after, path);
  if (isContent(before) && isContent(after)) {
    // The same files at another place are the same content: a build folder may move.
    return before.hash === after.hash ? [] : [{ path, kind: "update", before, after }];
  }
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path);
  return before === after ? [] : [{ path, kind: "update", before, after }];
}

function diffArrays(before: readonly unknown[], after: readonly unknown[], path: string): PropertyChange[] {
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_, i) => diffValues(before[i], after[i], joinPath(path, i))).flat();
}

function isContent(value: unknown): value is Properties & { hash?: string } {
  return isAsset(value) || isArchive(value);
}
