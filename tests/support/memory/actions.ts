import type { Action, Actions } from "sluice";
import { enter, hit } from "./service";
import type { MemoryState } from "./state";

export interface MemoryActions extends Actions {
  list(options: { limit: number }): AsyncIterable<Action>;
}

/** Each action once, by its id, in the order they came. */
export function memoryActions(state: MemoryState): MemoryActions {
  const { actions } = state;

  return {
    publish: async (published, { signal } = {}) => {
      enter(state, signal, "actions");
      const failures = hit(state, published.length, "actions");
      const failed = new Set(failures.map(({ index }) => index));
      for (const [index, action] of published.entries())
        if (!failed.has(index) && !actions.has(action.id)) actions.set(action.id, action);
      return failures;
    },
    list: async function* ({ limit }) {
      yield* [...actions.values()].slice(0, limit);
    },
    close: async () => {},
  };
}
