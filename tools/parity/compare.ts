import { createHash } from "node:crypto";

/** What one platform made of the events. */
export interface PlatformRun {
  /** `local`, or a cloud. */
  platform: string;
  /** By key and id, each with its prediction, truth, features and versions as text; without the time at which it was stored. */
  predictions: ReadonlyMap<string, string>;
  /** Original bytes, code and message of each, in any order. */
  letters: readonly string[];
  outcome: Outcome;
}

/** What a run counts, and what must be the same wherever it ran. */
export interface Outcome {
  accepted: number;
  stored: number;
  duplicates: number;
  deadLettered: Readonly<Record<string, number>>;
  actions: number;
  modelVersion: string;
  /** Whether each accepted event was found again. */
  conserved: boolean;
}

/** Of one kind, so many are told one by one. */
const MOST_TOLD = 3;

/** Where the others differ from the first, in sentences; empty if they are the same. */
export function differences([first, ...others]: readonly PlatformRun[]): string[] {
  if (!first) return [];
  const broken = [first, ...others].filter(({ outcome }) => !outcome.conserved);
  return [
    ...broken.map(({ platform }) => `${platform}: events are missing, neither stored nor dead-lettered.`),
    ...others.flatMap((other) => [
      ...outcomesOf(first, other),
      ...predictionsOf(first, other),
      ...lettersOf(first, other),
    ]),
  ];
}

/** The same for the same content, whatever its order. */
export function fingerprint(lines: Iterable<string>): string {
  const hash = createHash("sha256");
  for (const line of [...lines].sort()) hash.update(`${line.length}:${line}`);
  return hash.digest("hex");
}

/** One line per prediction. */
export function predictionLines({ predictions }: PlatformRun): string[] {
  return [...predictions].map(([name, text]) => `${name} ${text}`);
}

function outcomesOf(first: PlatformRun, other: PlatformRun): string[] {
  return Object.entries(first.outcome).flatMap(([name, value]) => {
    const [wanted, found] = [value, other.outcome[name as keyof Outcome]].map(stable);
    return wanted === found ? [] : [`${other.platform}: \`${name}\` is ${found}, and ${wanted} on ${first.platform}.`];
  });
}

function predictionsOf(first: PlatformRun, other: PlatformRun): string[] {
  const told = (names: string[], what: string) => shortened(names).map((name) => `${other.platform}: ${what} ${name}.`);
  const missing = [...first.predictions.keys()].filter((name) => !other.predictions.has(name));
  const added = [...other.predictions.keys()].filter((name) => !first.predictions.has(name));
  const different = [...first.predictions].filter(
    ([name, text]) => other.predictions.has(name) && other.predictions.get(name) !== text,
  );
  return [
    ...told(missing, "no prediction for"),
    ...told(added, "a prediction too many, for"),
    ...told(
      different.map(([name]) => name),
      "another prediction for",
    ),
  ];
}

function lettersOf(first: PlatformRun, other: PlatformRun): string[] {
  const missing = without(first.letters, other.letters);
  const added = without(other.letters, first.letters);
  const told = (letters: string[], what: string) =>
    letters.length === 0 ? [] : [`${other.platform}: ${letters.length} ${what} ${first.platform}.`];
  return [...told(missing, "dead letters are not as on"), ...told(added, "dead letters are more than on")];
}

/** What is in `all` more often than in `other`. */
function without(all: readonly string[], other: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const one of other) counts.set(one, (counts.get(one) ?? 0) + 1);
  return all.filter((one) => {
    const count = counts.get(one) ?? 0;
    counts.set(one, count - 1);
    return count <= 0;
  });
}

function shortened(names: string[]): string[] {
  return names.length <= MOST_TOLD ? names : [...names.slice(0, MOST_TOLD), `${names.length - MOST_TOLD} more`];
}

function stable(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}
