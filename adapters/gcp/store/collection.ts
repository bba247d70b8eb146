import { hash } from "node:crypto";
import { ConfigError } from "../../../shared/errors";

/** A Firestore collection, in the parts that requests want. */
export interface Collection {
  /** `projects/P/databases/D/documents/C`. */
  name: string;
  /** `C`. */
  id: string;
  /** What it lies in, as a path: `/v1/projects/P/databases/D/documents`. */
  parentPath: string;
  /** All documents of the database, as a path. */
  databasePath: string;
}

const NAME = /^(projects\/[^/]+\/databases\/[^/]+\/documents)(?:\/[^/]+\/[^/]+)*\/([^/]+)$/;

const ID_DIGITS = 32;

/** No document of an event starts like this: those are hexadecimal. And all of them sort before it. */
export const LATEST = "latest-";

/** Where a latest state has its key. Not `key`, so that no query for a key's events finds it. */
export const LATEST_KEY = "latestOf";

/** @throws ConfigError if it is not the full name of a collection. */
export function collectionOf(name: string): Collection {
  const [, documents, id] = NAME.exec(name) ?? [];
  if (documents === undefined || id === undefined)
    throw new ConfigError(
      `${JSON.stringify(name)} is no full name of a Firestore collection.`,
      "collection",
      "Write `projects/PROJECT/databases/DATABASE/documents/COLLECTION`.",
    );
  return {
    name,
    id,
    parentPath: pathOfName(name.slice(0, -id.length - 1)),
    databasePath: pathOfName(documents),
  };
}

/**
 * The document of an event: a hash, so that writes spread over the whole collection whatever the keys and ids look like.
 * Neither part holds a line break.
 */
export function documentId(key: string, id: string): string {
  return digest(`${key}\n${id}`);
}

/** The document of a key's latest state. */
export function latestId(key: string): string {
  return LATEST + digest(key);
}

function digest(text: string): string {
  return hash("sha256", text, "hex").slice(0, ID_DIGITS);
}

/** A full resource name as a path. */
export function pathOfName(name: string): string {
  return `/v1/${name.split("/").map(encodeURIComponent).join("/")}`;
}
