import type { Document } from "./model";
import { collectionOf, compareNames, lastId } from "./name";

/** All documents, by collection. They are never changed in place: who has one keeps what it was. */
export interface Documents {
  get(name: string): Document | undefined;
  put(document: Document): void;
  delete(name: string): void;
  /** Of one collection, by name. */
  list(collection: string): readonly Document[];
  /** Names of the collections directly below a document or the root; of all below if `deep`. */
  collections(parent: string, deep?: boolean): string[];
}

interface Collection {
  byName: Map<string, Document>;
  /** Names in order; undefined after a document has come or gone. */
  sorted: string[] | undefined;
}

export function createDocuments(): Documents {
  const collections = new Map<string, Collection>();
  const collectionFor = (name: string) => collections.get(collectionOf(name));

  return {
    get: (name) => collectionFor(name)?.byName.get(name),
    put: (document) => {
      let collection = collectionFor(document.name);
      if (collection === undefined) {
        collection = { byName: new Map(), sorted: undefined };
        collections.set(collectionOf(document.name), collection);
      }
      if (!collection.byName.has(document.name)) collection.sorted = undefined;
      collection.byName.set(document.name, document);
    },
    delete: (name) => {
      const collection = collectionFor(name);
      if (collection?.byName.delete(name) !== true) return;
      collection.sorted = undefined;
      if (collection.byName.size === 0) collections.delete(collectionOf(name));
    },
    list: (path) => {
      const collection = collections.get(path);
      if (collection === undefined) return [];
      collection.sorted ??= [...collection.byName.keys()].sort(compareNames);
      return collection.sorted.map((name) => collection.byName.get(name)!);
    },
    collections: (parent, deep = false) =>
      [...collections.keys()].filter((path) =>
        deep ? path.startsWith(`${parent}/`) : path === `${parent}/${lastId(path)}`,
      ),
  };
}
