import { performance } from "node:perf_hooks";
import { median } from "./measure";
import { output } from "./spawn";

/** A start of a program in a process of its own. */
interface Start {
  /** From the start of Node. */
  loadedMs: number;
  rssMb: number;
}

export interface StartsOptions<Name extends string> {
  /** File of each, `bare` for Node that does nothing. */
  programs: Readonly<Record<Name | "bare", string>>;
  /** Script that starts a program and prints `{loadedAt, rss}`. */
  child: string;
  environment: Readonly<Record<string, string>>;
  rounds: number;
}

/** What programs take to start. */
export interface Starts<Name extends string> {
  /** Median over Node that does nothing, milliseconds. */
  loadedMs: Record<Name, number>;
  /** Median memory of the process then, megabytes. */
  rssMb: Record<Name | "bare", number>;
  /** Median over rounds of one's time / another's. */
  ratio(own: Name, other: Name): number;
}

/** Programs that take turns in going first. */
export async function measureStarts<Name extends string>(options: StartsOptions<Name>): Promise<Starts<Name>> {
  const { programs, child, environment, rounds } = options;
  const names = Object.keys(programs) as (Name | "bare")[];
  const all: Record<Name | "bare", Start>[] = [];
  // The first round fills the disk's cache.
  for (let round = 0; round <= rounds; round++) {
    const measured = {} as Record<Name | "bare", Start>;
    for (const name of round % 2 === 0 ? names : names.toReversed())
      measured[name] = await start([child, programs[name]], environment);
    if (round > 0) all.push(measured);
  }

  const over = (name: Name) => all.map((round) => round[name].loadedMs - round.bare.loadedMs);
  const perName = <Key extends string>(keys: readonly Key[], value: (name: Key) => number) =>
    Object.fromEntries(keys.map((name) => [name, value(name)])) as Record<Key, number>;
  const loaded = names.filter((name): name is Name => name !== "bare");
  return {
    loadedMs: perName(loaded, (name) => median(over(name))),
    rssMb: perName(names, (name) => median(all.map((round) => round[name].rssMb))),
    ratio: (own, other) => {
      const theirs = over(other);
      return median(over(own).map((ms, round) => ms / theirs[round]!));
    },
  };
}

async function start(args: string[], environment: Readonly<Record<string, string>>): Promise<Start> {
  const startedAt = performance.timeOrigin + performance.now();
  const { loadedAt, rss } = JSON.parse(await output(args, { environment }));
  return { loadedMs: loadedAt - startedAt, rssMb: rss / 1024 / 1024 };
}
