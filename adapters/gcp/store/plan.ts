import { SluiceError } from "../../../shared/errors";
import type { ItemFailure, RowBatch } from "../../../shared/ports";
import { chunked } from "../../chunked";
import { type Collection, documentId, LATEST, LATEST_KEY } from "./collection";
import { type FieldWriter, MAX_DOCUMENT_BYTES } from "./document";

/** Documents to write, each by the row that it is made of. */
export interface WritePlan {
  /** Rows of one request, none of which has the document of another. */
  chunks: number[][];
  /** The write of a row, as JSON. */
  texts: ReadonlyMap<number, string>;
  /** Of a row that is in a chunk: the later rows that have its key and id, and so its fate. */
  repeats: ReadonlyMap<number, readonly number[]>;
  /** Rows that can never be stored. */
  failures: ItemFailure[];
}

/** Of one request: https://cloud.google.com/firestore/quotas#writes_and_transactions */
const MAX_WRITES = 500;

/** A request may have 10 MiB, and a character of it at most three bytes. One document alone never gets there. */
const MAX_CHUNK_CHARACTERS = 3 * 1024 * 1024;

/**
 * Each key and id as one document, because a request must not name one twice: the first row of it wins. A document that is
 * larger than the service takes is refused here, so that it spoils no request.
 */
export function planWrite(
  rows: RowBatch,
  fields: FieldWriter,
  collection: Collection,
  maxBytes: number,
  adapter: string,
): WritePlan {
  const texts = new Map<number, string>();
  const firsts = new Map<string, number>();
  const repeats = new Map<number, number[]>();
  for (let row = 0; row < rows.count; row++) {
    const name = `${collection.name}/${documentId(rows.keys[row]!, rows.ids[row]!)}`;
    const first = firsts.get(name);
    if (first === undefined) {
      firsts.set(name, row);
      texts.set(row, updateText(name, fields.text(row, "key")));
    } else {
      const others = repeats.get(first);
      if (others) others.push(row);
      else repeats.set(first, [row]);
    }
  }
  const failures: ItemFailure[] = [];
  for (const [name, row] of firsts) {
    // Nothing is shorter in JSON than a third of what it is in the store, so most need no closer look.
    if (texts.get(row)!.length * 3 <= maxBytes) continue;
    const bytes = fields.size(row, "key", name);
    if (bytes <= maxBytes) continue;
    const error = tooLarge(bytes, maxBytes, adapter);
    failures.push(...[row, ...(repeats.get(row) ?? [])].map((index) => ({ index, error })));
    texts.delete(row);
  }
  const sizeOf = (row: number) => texts.get(row)!.length;
  const chunks = chunked(texts.keys(), { items: MAX_WRITES, size: MAX_CHUNK_CHARACTERS, sizeOf });
  return { chunks, texts, repeats, failures };
}

/** Bytes that a row's document may have, if it must also fit under the name of a latest state. */
export function maxBytesOf(latest: boolean): number {
  return MAX_DOCUMENT_BYTES - (latest ? LATEST.length + LATEST_KEY.length - "key".length : 0);
}

/** A write as JSON. `condition`: what must hold, as JSON too. */
export function updateText(name: string, fields: string, condition?: string): string {
  const current = condition === undefined ? "" : `,"currentDocument":${condition}`;
  return `{"update":{"name":${JSON.stringify(name)},"fields":${fields}}${current}}`;
}

function tooLarge(bytes: number, maxBytes: number, adapter: string): SluiceError {
  const message = `The row has ${bytes} bytes as a document; the store takes ${maxBytes}.`;
  return new SluiceError("store-rejected", "store", message, { adapter });
}
