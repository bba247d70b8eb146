import type { PropertyChange } from "./diff";
import { isObject } from "./values";

/** Which inputs a provider cannot change in place, as committed in `replacement/<package>.json`. */
export interface ReplacementTable {
  sdk: string;
  region: { replace: boolean; except: readonly string[] };
  types: Record<string, Replacement>;
}

/** Paths of one type, with `[*]` for any element of an array. */
export interface Replacement {
  /** A change of the value, wherever it happens: alone, or because the object that holds it comes or goes. */
  replace: readonly string[];
  /** Objects whose coming or going replaces, while a change inside them does not. */
  whenAddedOrRemoved?: readonly string[];
  /** Numbers that can be raised in place but not lowered. */
  whenDecreased?: readonly string[];
  /** The old one goes first, whatever it is called. */
  deleteBeforeReplace?: boolean;
  /** What the provider sends as a change in place, and the cloud then refuses. */
  refusedInPlace?: readonly string[];
}

/** Whether a change makes the provider replace the resource. Throws for a type that the table does not have. */
export function replaces(table: ReplacementTable, type: string, change: PropertyChange): boolean {
  const entry = table.types[type];
  if (!entry) throw new Error(`the replacement table has no entry for ${type}`);

  const path = general(change.path);
  if (path === "region") return regionReplaces(table, type, change);
  if (entry.replace.some((listed) => covers(entry.replace, listed, path) || isInside(listed, path, change)))
    return true;
  if (change.kind !== "update" && entry.whenAddedOrRemoved?.includes(path)) return true;
  return entry.whenDecreased?.includes(path) === true && Number(change.after) < Number(change.before);
}

/** Whether the cloud refuses a change that the provider does not take for a replacement. */
export function isRefusedInPlace(table: ReplacementTable, type: string, change: PropertyChange): boolean {
  const listed = table.types[type]?.refusedInPlace ?? [];
  const path = general(change.path);
  return listed.some((other) => covers(listed, other, path) || isInside(other, path, change));
}

function regionReplaces(table: ReplacementTable, type: string, { kind }: PropertyChange): boolean {
  return table.region.replace && kind === "update" && !table.region.except.includes(type);
}

/** The listed path itself; or what is below it, unless members of it are listed, which then speak for themselves. */
function covers(all: readonly string[], listed: string, path: string): boolean {
  if (path === listed) return true;
  return isBelow(path, listed) && !all.some((other) => isBelow(other, listed));
}

/** Whether the object or element that came or went has a value at the listed path. */
function isInside(listed: string, path: string, { kind, before, after }: PropertyChange): boolean {
  if (kind === "update" || !isBelow(listed, path)) return false;
  return hasValue(kind === "add" ? after : before, listed.slice(path.length));
}

function isBelow(path: string, parent: string): boolean {
  return path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
}

/** Whether there is a value at a path such as `.containers[*].image`. */
function hasValue(value: unknown, path: string): boolean {
  if (path === "") return value !== undefined && value !== null;
  const [step = ""] = /^(?:\[\*\]|\.[^.[]+)/.exec(path) ?? [];
  const rest = path.slice(step.length);
  if (step === "[*]") return Array.isArray(value) && value.some((item) => hasValue(item, rest));
  return isObject(value) && hasValue(value[step.slice(1)], rest);
}

/** A path with `[*]` for every index: `attributes[0].name` becomes `attributes[*].name`. */
function general(path: string): string {
  return path.replace(/\[\d+\]/g, "[*]");
}
