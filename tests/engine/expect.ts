import assert from "node:assert/strict";
import type { Outcome, StateResource, Step } from "./pulumi";

/** Inputs by the type of their resource. */
export type Expected = Readonly<Record<string, readonly string[]>>;

/** Steps that the engine takes for every resource that stays as it is. */
const QUIET = ["same", "read", "refresh"];

/** What runs a resource of the program's own: the engine hands it the whole configuration, and so updates it with each change of that. */
const OWN_PROVIDER = "pulumi:providers:pulumi-nodejs";

/** That a command succeeded, without a complaint of the program or of a provider. */
export function succeeded({ code, errors, warnings }: Outcome): void {
  assert.deepEqual(errors, []);
  assert.equal(code, 0);
  assert.deepEqual(
    // Ours are on PATH: the engine says so for each.
    warnings.filter((warning) => !warning.includes("from $PATH")),
    [],
  );
}

/** That every step is one of these operations, and that there is at least one. */
export function allAre(outcome: Outcome, op: string): void {
  assert.notEqual(outcome.steps.length, 0);
  assert.deepEqual([...new Set(outcome.steps.map((step) => step.op))], [op]);
}

/** That resources of these types were updated in place because of these inputs, and that nothing else was touched. */
export function updated(outcome: Outcome, expected: Expected): void {
  const touched = outcome.steps
    .filter(({ op, type }) => !QUIET.includes(op) && type !== OWN_PROVIDER)
    .map(({ op, type, changed }) => [op, type, changed]);
  assert.deepEqual(
    sorted(touched),
    sorted(Object.entries(expected).map(([type, changed]) => ["update", type, changed])),
  );
}

/**
 * That resources of these types were replaced. The old one goes last, so that there always is one; where the two cannot
 * exist side by side it goes first.
 */
export function replaced(outcome: Outcome, expected: Expected, oldGoes: "first" | "last" = "last"): void {
  const steps = outcome.steps.filter(({ op }) => op === "replace");
  assert.deepEqual(sorted(steps.map(({ type, replacedBy }) => [type, replacedBy])), sorted(Object.entries(expected)));
  for (const { urn } of steps) {
    const isLast = position(outcome, urn, "create-replacement") < position(outcome, urn, "delete-replaced");
    assert.equal(isLast ? "last" : "first", oldGoes, `the old ${urn} goes ${oldGoes}`);
  }
}

/** That resources of these types are replaced, others updated in place because of these inputs, and nothing else touched. */
export function changed(outcome: Outcome, updates: Expected, replaces: Expected): void {
  replaced(outcome, replaces);
  updated({ ...outcome, steps: outcome.steps.filter(({ type }) => !(type in replaces)) }, updates);
}

/** Resources that the stand-in has made: neither the stack itself, nor components, providers and the program's own. */
export function inCloud(state: readonly StateResource[]): StateResource[] {
  return state.filter(({ custom, type }) => custom && !/^pulumi(?:-nodejs)?:/.test(type));
}

/** The one resource of a type; the message lists what there is. */
export function theOnly(state: readonly StateResource[], type: string): StateResource {
  const found = state.filter((resource) => resource.type === type);
  assert.equal(
    found.length,
    1,
    `${found.length} resources of type ${type} among ${state.map(({ type }) => type).join(", ")}`,
  );
  return found[0]!;
}

function position({ steps }: Outcome, urn: string, op: Step["op"]): number {
  const index = steps.findIndex((step) => step.urn === urn && step.op === op);
  assert.notEqual(index, -1, `${urn} has no step ${op}`);
  return index;
}

function sorted(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}
