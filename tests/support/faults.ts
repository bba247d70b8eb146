import {
  type Actions,
  type CallOptions,
  type Clock,
  type DeadLetterStore,
  type Infer,
  type Ingest,
  type ItemFailure,
  type ModelOutput,
  type Random,
  SluiceError,
  type Stage,
  type Store,
} from "sluice";
import { subset } from "../../shared/engine/persist";
import type { MemorySource, Trigger } from "./memory";

/**
 * What can go wrong in one call. Before the effect: `throttled` (with a wait), `unavailable`, `timeout`, `credentials`,
 * `internal` (an error nobody classified), `crashBefore`. After it: `lost` (done, but the answer never came), `crashAfter`.
 * Beside it: `slow`, `partial` (some items only), `nan` (a hiccup of the model), `again` (the source delivers once more).
 */
export type Fault =
  | "throttled"
  | "unavailable"
  | "timeout"
  | "credentials"
  | "internal"
  | "crashBefore"
  | "lost"
  | "crashAfter"
  | "slow"
  | "partial"
  | "nan"
  | "again";

export type FaultyPort = "ingest" | "infer" | "store" | "deadLetters" | "actions" | "source";

/** Probability per call. */
export type Rates = Partial<Record<Fault, number>>;

export interface FaultsOptions {
  random: Random;
  clock: Clock;
  rates: Partial<Record<FaultyPort, Rates>>;
}

/** Decorates the ports of one process. */
export interface Faults {
  ingest(port: Ingest): Ingest;
  infer(port: Infer): Infer;
  store(port: Store): Store;
  deadLetters(port: DeadLetterStore): DeadLetterStore;
  actions(port: Actions): Actions;
  source(source: MemorySource): MemorySource;
  /** Rejects with `Crash` when the process dies. Nothing of it runs on: its calls never return and have no effect. */
  alive<T>(work: Promise<T>): Promise<T>;
  /** A new process: ports that are decorated from now on work. */
  restart(): void;
  /** From now on nothing goes wrong. */
  heal(): void;
  /** How often each fault struck, as `store.lost`. */
  readonly struck: ReadonlyMap<string, number>;
}

/** The process has died. */
export class Crash extends Error {
  override readonly name = "Crash";
}

const CODES = {
  throttled: "throttled",
  unavailable: "unavailable",
  timeout: "timeout",
  credentials: "credentials",
} as const;
const STAGES: Record<FaultyPort, Stage> = {
  ingest: "ingest",
  infer: "infer",
  store: "store",
  deadLetters: "deadletter",
  actions: "actions",
  source: "preprocess",
};

/** A seeded fault injector: the same random numbers make the same faults. */
export function createFaults({ random, clock, rates: given }: FaultsOptions): Faults {
  const struck = new Map<string, number>();
  let rates = given;
  let life = 0;
  let death = Promise.withResolvers<never>();
  death.promise.catch(() => {});

  const crash = (): Crash => {
    const error = new Crash("The process died.");
    life++;
    death.reject(error);
    return error;
  };
  const die = (): Promise<never> => {
    crash();
    return new Promise<never>(() => {});
  };
  const strike = (port: FaultyPort): Fault | undefined => {
    let at = random();
    for (const [fault, rate] of Object.entries(rates[port] ?? {}) as [Fault, number][]) {
      at -= rate;
      if (at >= 0) continue;
      struck.set(`${port}.${fault}`, (struck.get(`${port}.${fault}`) ?? 0) + 1);
      return fault;
    }
    return undefined;
  };
  const failure = (port: FaultyPort, code: keyof typeof CODES): SluiceError => {
    const detail = code === "throttled" ? { retryAfterMs: Math.floor(random() * 500) } : {};
    return new SluiceError(CODES[code], STAGES[port], `Injected: ${code}.`, detail);
  };

  /** One call of a port, with whatever befalls it. `odd` does what only this port can suffer. */
  async function call<T>(
    port: FaultyPort,
    born: number,
    signal: AbortSignal | undefined,
    effect: () => Promise<T>,
    odd: (fault: Fault) => Promise<T> = effect,
  ): Promise<T> {
    if (born !== life) return new Promise<never>(() => {});
    const fault = strike(port);
    switch (fault) {
      case undefined:
        return effect();
      case "internal":
        throw new TypeError("Injected: nobody knows what this is.");
      case "crashBefore":
        return die();
      case "crashAfter":
        await effect();
        return die();
      case "lost":
        await effect();
        throw failure(port, "timeout");
      case "slow":
        await clock.sleep(Math.floor(random() * 2_000), signal).catch(() => {
          throw new SluiceError("cancelled", STAGES[port], "Injected: cancelled while slow.");
        });
        return born === life ? effect() : new Promise<never>(() => {});
      case "partial":
      case "nan":
      case "again":
        return odd(fault);
      default:
        throw failure(port, fault);
    }
  }

  /** Splits indices into those that go through and those that fail now. */
  function split(count: number, port: FaultyPort): { through: number[]; failures: ItemFailure[] } {
    const through: number[] = [];
    const failures: ItemFailure[] = [];
    for (let index = 0; index < count; index++) {
      if (random() < 0.5) through.push(index);
      else failures.push({ index, error: failure(port, random() < 0.5 ? "throttled" : "unavailable") });
    }
    return { through, failures };
  }

  return {
    struck,
    alive: (work) => Promise.race([work, death.promise]),
    restart() {
      life++;
      death = Promise.withResolvers<never>();
      death.promise.catch(() => {});
    },
    heal() {
      rates = {};
    },

    ingest(port) {
      const born = life;
      return {
        ...port,
        publish: (batch, options) => call("ingest", born, options?.signal, () => port.publish(batch, options)),
      };
    },

    infer(port) {
      const born = life;
      const infer: Infer["infer"] = (features, options) =>
        call(
          "infer",
          born,
          options?.signal,
          () => port.infer(features, options),
          async () => withNaN(await port.infer(features, options), features.rows, random),
        );
      return { ...port, infer };
    },

    store(port) {
      const born = life;
      const write: Store["write"] = (rows, options) =>
        call(
          "store",
          born,
          options?.signal,
          () => port.write(rows, options),
          async () => {
            const { through, failures } = split(rows.count, "store");
            const report = await port.write(subset(rows, through), options);
            const moved = report.failures.map(({ index, error }) => ({ index: through[index]!, error }));
            return { duplicates: report.duplicates.map((index) => through[index]!), failures: [...failures, ...moved] };
          },
        );
      return { ...port, write };
    },

    deadLetters(port) {
      const born = life;
      const put: DeadLetterStore["put"] = (letters, options) =>
        call(
          "deadLetters",
          born,
          options?.signal,
          () => port.put(letters, options),
          async () => {
            await port.put(letters.slice(0, Math.ceil(random() * letters.length)), options);
            throw failure("deadLetters", "unavailable");
          },
        );
      return { ...port, put };
    },

    actions(port) {
      const born = life;
      const publish: Actions["publish"] = (actions, options?: CallOptions) =>
        call(
          "actions",
          born,
          options?.signal,
          () => port.publish(actions, options),
          async () => {
            const { through, failures } = split(actions.length, "actions");
            const rest = await port.publish(
              through.map((index) => actions[index]!),
              options,
            );
            return [...failures, ...rest.map(({ index, error }) => ({ index: through[index]!, error }))];
          },
        );
      return { ...port, publish };
    },

    source(source) {
      const handed: Trigger[] = [];
      return {
        ...source,
        next(partition) {
          const fault = strike("source");
          const earlier = fault === "again" ? handed[Math.floor(random() * handed.length)] : undefined;
          if (earlier) return { ...earlier, attempt: earlier.attempt + 1 };
          if (fault === "crashBefore") throw crash();
          const trigger = source.next(partition);
          if (trigger) handed.push(trigger);
          return trigger && source.capabilities.ordering === "none" ? shuffled(trigger, random) : trigger;
        },
        answer(delivery, outcome) {
          const fault = strike("source");
          if (fault === "crashBefore") throw crash();
          source.answer(delivery, outcome);
          if (fault === "crashAfter") throw crash();
        },
      };
    },
  };
}

function withNaN(output: ModelOutput, rows: number, random: Random): ModelOutput {
  const row = Math.floor(random() * rows);
  const spoiled = ([name, { width, data }]: [string, ModelOutput[string]]) => {
    const values = Array.from(data as ArrayLike<number>);
    values[row * width] = Number.NaN;
    return [name, { width, data: values }] as const;
  };
  return Object.fromEntries(Object.entries(output).map(spoiled));
}

function shuffled(trigger: Trigger, random: Random): Trigger {
  const indices = [...trigger.indices];
  for (let i = indices.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [indices[i], indices[j]] = [indices[j]!, indices[i]!];
  }
  return { ...trigger, indices };
}
