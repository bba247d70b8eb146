import { RpcError } from "../../grpc/status";

/** A long-running operation: https://google.aip.dev/151 */
export interface Operation {
  name: string;
  done: boolean;
  response?: object;
  error?: object;
}

export interface Operations {
  /** Starts one that is done once it has been asked for often enough. `finish` runs then; what it throws is the error. */
  start(parent: string, finish: () => object): Operation;
  /** Throws NOT_FOUND. */
  get(name: string): Operation;
}

export function createOperations(polls: number): Operations {
  const all = new Map<string, { operation: Operation; left: number; finish: () => object }>();

  function look(name: string): Operation {
    const entry = all.get(name);
    if (entry === undefined) throw new RpcError("NOT_FOUND", `Operation ${name} is not found.`);
    if (!entry.operation.done && entry.left-- <= 0) entry.operation = { name, done: true, ...outcome(entry.finish) };
    return entry.operation;
  }

  return {
    start: (parent, finish) => {
      const name = `${parent}/operations/${all.size + 1}`;
      all.set(name, { operation: { name, done: false }, left: polls - 1, finish });
      return polls === 0 ? look(name) : { name, done: false };
    },
    get: look,
  };
}

function outcome(finish: () => object): { response: object } | { error: object } {
  try {
    return { response: finish() };
  } catch (thrown) {
    if (!(thrown instanceof RpcError)) throw thrown;
    return { error: { code: thrown.code, message: thrown.message } };
  }
}
