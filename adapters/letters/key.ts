import type { DeadLetter } from "../../shared/deadletter";
import { hash53 } from "../../shared/hash";

const OFFSET_CHARACTERS = 60;
const INDEX_CHARACTERS = 6;

/** Keys end at 1024 bytes in S3, names of blobs at 1024 characters. */
const LONGEST_PART = 200;

/**
 * `<prefix><source>/<partition>/<offset>.<index>.<letter id>.json`: the same letter has the same key, and within a partition
 * the keys sort by position, because objects are listed in their order.
 */
export function letterKey(prefix: string, { id, position }: DeadLetter): string {
  const { source, partition, offset, index } = position;
  const place = `${part(offset).padStart(OFFSET_CHARACTERS, "0")}.${String(index).padStart(INDEX_CHARACTERS, "0")}`;
  return `${prefix}${part(source)}/${part(partition)}/${place}.${part(id)}.json`;
}

/** Letters by their keys: of two with the same key, the first. */
export function firstPerKey(prefix: string, letters: readonly DeadLetter[]): Map<string, DeadLetter> {
  const first = new Map<string, DeadLetter>();
  for (const letter of letters) {
    const key = letterKey(prefix, letter);
    if (!first.has(key)) first.set(key, letter);
  }
  return first;
}

/** What a key says of its letter's id: `part(id)`. Undefined if it is not one of our keys. */
export function idPartOf(key: string): string | undefined {
  return /\.\d+\.([^./]+)\.json$/.exec(key)?.[1];
}

/**
 * Any text as part of a key, of letters, digits, `_`, `-` and, for everything else, `!` and hexadecimal digits: no `..` for a
 * tool to walk up, no slash, nothing to escape. What is very long ends in its hash.
 */
export function part(text: string): string {
  if (text === "") return "!";
  const safe = text.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    Buffer.from(character).toString("hex").replace(/../g, "!$&"),
  );
  return safe.length <= LONGEST_PART ? safe : `${safe.slice(0, LONGEST_PART - 20)}!!${hash53(text).toString(36)}`;
}
