import { inBytes } from "./byte-order";

export interface NamePageOptions {
  prefix: string;
  /** Names that have it behind the prefix count as one, up to its first place. Empty: none do. */
  delimiter: string;
  /** Only what comes behind it. */
  after: string;
  limit: number;
}

/** One page of an object store's list. */
export interface NamePage {
  entries: ({ name: string } | { group: string })[];
  /** `after` of the next page; undefined on the last. */
  next: string | undefined;
}

/** Sorts behind every name that starts with a group: the next page goes on after all of them. */
const BEHIND = "\u{10ffff}";

/** Of names in byte order. */
export function pageOfNames(names: readonly string[], { prefix, delimiter, after, limit }: NamePageOptions): NamePage {
  const entries: NamePage["entries"] = [];
  let last = after;
  for (const name of names) {
    if (!name.startsWith(prefix) || inBytes(name, last) <= 0) continue;
    if (entries.length === limit) return { entries, next: limit > 0 ? last : undefined };
    const end = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
    const group = name.slice(0, end + delimiter.length);
    entries.push(end >= 0 ? { group } : { name });
    last = end >= 0 ? group + BEHIND : name;
  }
  return { entries, next: undefined };
}
