import type { DeadLetterCapabilities } from "../shared/capabilities";
import type { Actions, DeadLetterStore } from "../shared/ports";

/** Dead letters whose adapter, with the client of its service, is loaded at the first letter: most batches have none. */
export function lazyDeadLetters(
  capabilities: DeadLetterCapabilities,
  load: () => Promise<DeadLetterStore>,
): DeadLetterStore {
  const port = once(load);
  return {
    capabilities,
    put: async (letters, options) => (await port.get()).put(letters, options),
    list: async function* (filter, options) {
      yield* (await port.get()).list(filter, options);
    },
    take: async (ids, options) => (await port.get()).take(ids, options),
    close: port.close,
  };
}

/** Actions whose adapter is loaded at the first action. */
export function lazyActions(load: () => Promise<Actions>): Actions {
  const port = once(load);
  return {
    publish: async (actions, options) => (await port.get()).publish(actions, options),
    close: port.close,
  };
}

function once<Port extends { close(): Promise<void> }>(load: () => Promise<Port>) {
  let loading: Promise<Port> | undefined;
  return {
    get: () => {
      // A failure is not kept: the next call tries again.
      loading ??= load().catch((thrown: unknown) => {
        loading = undefined;
        throw thrown;
      });
      return loading;
    },
    close: async () => (await loading)?.close(),
  };
}
