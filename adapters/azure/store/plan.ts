import { SluiceError } from "../../../shared/errors";
import type { ItemFailure, RowBatch } from "../../../shared/ports";
import { chunked } from "../../chunked";
import { documentId, documentWriter, idText, type Moment } from "./document";

/** One document to write, and the rows that it stands for. */
export interface Entry {
  key: string;
  /** The document behind its id, as JSON. */
  rest: string;
  /** The whole document as JSON. */
  text: string;
  /** In UTF-8; of short ones, at most. */
  bytes: number;
  /** The first one is in the document; the others have its key and id, and so its fate. */
  rows: number[];
}

export interface WritePlan {
  /** Documents of one request, all of one key. */
  chunks: Entry[][];
  /** Rows that can never be stored. */
  failures: ItemFailure[];
}

/** https://learn.microsoft.com/azure/cosmos-db/nosql/transactional-batch#limitations: 2 MB, with what is around the documents. */
const MAX_OPERATIONS = 100;
const MAX_BATCH_BYTES = 2_000_000;
const SMALL_BYTES = MAX_BATCH_BYTES / MAX_OPERATIONS;

/**
 * 2 MB with what the service adds, an etag and such; what adds to it when it is written as its key's latest state is much
 * less: https://learn.microsoft.com/azure/cosmos-db/concepts-limits#per-item-limits
 */
const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024 - 1_024;

/** Rows of a key. */
interface Group {
  /** As JSON. */
  key: string;
  /** By id. */
  entries: Map<string, Entry>;
}

/** Each key and id as one document, of which the first row wins. One that is larger than the service takes is refused here. */
export function planWrite(rows: RowBatch, moment: Moment, adapter: string): WritePlan {
  const restOf = documentWriter(rows, moment);
  const groups = new Map<string, Group>();
  for (let row = 0; row < rows.count; row++) {
    const key = rows.keys[row]!;
    const id = rows.ids[row]!;
    let group = groups.get(key);
    if (group === undefined) {
      group = { key: JSON.stringify(key), entries: new Map() };
      groups.set(key, group);
    }
    const known = group.entries.get(id);
    if (known) {
      known.rows.push(row);
      continue;
    }
    const rest = restOf(row, group.key);
    const text = documentText(documentId(id), rest);
    group.entries.set(id, { key, rest, text, bytes: bytesOf(text), rows: [row] });
  }

  const chunks: Entry[][] = [];
  const failures: ItemFailure[] = [];
  const sizeOf = ({ bytes }: Entry) => bytes;
  for (const { entries } of groups.values()) {
    const fitting: Entry[] = [];
    for (const entry of entries.values()) {
      if (entry.bytes <= MAX_DOCUMENT_BYTES) fitting.push(entry);
      else failures.push(...entry.rows.map((index) => ({ index, error: tooLarge(entry.bytes, adapter) })));
    }
    chunks.push(...chunked(fitting, { items: MAX_OPERATIONS, size: MAX_BATCH_BYTES, sizeOf }));
  }
  return { chunks, failures };
}

/** A document as JSON. */
export function documentText(id: string, rest: string): string {
  return `{"id":${idText(id)}${rest}`;
}

/** Most are so short that a hundred of them fit whatever they consist of: three bytes a character at the worst. */
function bytesOf(text: string): number {
  const most = text.length * 3;
  return most <= SMALL_BYTES ? most : Buffer.byteLength(text);
}

function tooLarge(bytes: number, adapter: string): SluiceError {
  const message = `The row has ${bytes} bytes as a document; the store takes ${MAX_DOCUMENT_BYTES}.`;
  return new SluiceError("store-rejected", "store", message, { adapter });
}
