import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Properties } from "./values";

/** A resource that exists in the stand-in's cloud. */
export interface Live {
  type: string;
  id: string;
  urn: string;
  inputs: Properties;
  outputs: Properties;
  /** Names that only one resource of this type may have, such as a bucket's name. */
  names: readonly string[];
}

/** What exists. It outlives the process of a provider, as a cloud does: a file per resource. */
export interface Cloud {
  get(type: string, id: string): Live | undefined;
  /** Resources of a type, or all of them. */
  list(type?: string): Live[];
  /** The resource of this type that has the name. */
  named(type: string, name: string): Live | undefined;
  put(live: Live): void;
  remove(live: Live): void;
}

/** The cloud in a folder, which is made when it is not there. */
export function openCloud(folder: string): Cloud {
  mkdirSync(folder, { recursive: true });

  // The id of a part, such as a log stream's, need not be unique: the URN tells two of them apart.
  const fileOf = ({ type, id, urn }: Live): string => {
    const digest = createHash("sha256").update(`${id}\0${urn}`).digest("hex").slice(0, 16);
    return path.join(folder, `${type.split(":").pop()}-${digest}.json`);
  };

  const list = (type?: string): Live[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => JSON.parse(readFileSync(path.join(folder, name), "utf8")) as Live)
      .filter((live) => type === undefined || live.type === type);

  return {
    list,

    get(type, id) {
      return list(type).find((live) => live.id === id);
    },

    named(type, name) {
      return list(type).find((live) => live.names.includes(name));
    },

    put(live) {
      const file = fileOf(live);
      writeFileSync(`${file}.partial`, `${JSON.stringify(live, null, 2)}\n`);
      renameSync(`${file}.partial`, file);
    },

    remove(live) {
      rmSync(fileOf(live), { force: true });
    },
  };
}
