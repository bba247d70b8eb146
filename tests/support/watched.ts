import type { Actions, DeadLetterStore, Store } from "sluice";

interface Ports {
  store: Store;
  deadLetters: DeadLetterStore;
  actions: Actions;
}

/** The ports, and whether a call of one of them is under way. */
export function watched<Watched extends Ports>(ports: Watched): Watched & { busy: () => boolean } {
  let calls = 0;
  const counted =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      calls++;
      try {
        return await call(...args);
      } finally {
        calls--;
      }
    };
  const { store, deadLetters, actions } = ports;
  return {
    ...ports,
    store: { ...store, write: counted(store.write) },
    deadLetters: { ...deadLetters, put: counted(deadLetters.put) },
    actions: { ...actions, publish: counted(actions.publish) },
    busy: () => calls > 0,
  };
}
