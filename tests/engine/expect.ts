import assert from "node:assert/strict";
import type { Outcome, StateResource, Step } from "./pulumi";

/** Steps that the engine takes for every resource that stays as it is. */
const QUIET = ["same", "read", "refresh"];

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
export function updated(outcome: Outcome, expected: Readonly<Record<string, readonly string[]>>): void {
  const touched = outcome.steps
    .filter(({ op }) => !QUIET.includes(op))
    .map(({ op, type, changed }) => [op, type, changed]);
  assert.deepEqual(
    sorted(touched),
    sorted(Object.entries(expected).map(([type, changed]) => ["update", type, changed])),
  );
}

/** That resources of these types were replaced, in the order that keeps the old one until the new one is there. */
export function replaced(outcome: Outcome, expected: Readonly<Record<string, readonly string[]>>): void {
  const steps = outcome.steps.filter(({ op }) => op === "replace");
  assert.deepEqual(sorted(steps.map(({ type, replacedBy }) => [type, replacedBy])), sorted(Object.entries(expected)));
  for (const { urn } of steps)
    assert.ok(position(outcome, urn, "create-replacement") < position(outcome, urn, "delete-replaced"));
}

/** Resources that exist in the cloud: neither the stack itself, nor components, nor providers. */
export function inCloud(state: readonly StateResource[]): StateResource[] {
  return state.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
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
