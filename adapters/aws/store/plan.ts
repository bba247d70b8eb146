import { SluiceError } from "../../../shared/errors";
import type { ItemFailure, RowBatch } from "../../../shared/ports";
import { chunked } from "../../chunked";
import { type Item, itemKey, itemSize, type Moment, toItem } from "./item";

/** One item to write, and the rows that it stands for. */
export interface Entry {
  item: Item;
  bytes: number;
  rows: number[];
}

export interface WritePlan {
  chunks: Entry[][];
  /** Rows that can never be stored. */
  failures: ItemFailure[];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const MAX_ITEMS = 25;

/** A request may have 16 MB on the wire, where a control character takes six bytes: this much never gets there. */
const MAX_CHUNK_BYTES = 2 * 1024 * 1024;

/**
 * Rows as items of at most `maxBytes`, each key once: a repeated key would reject its whole batch. The first row of a key
 * wins.
 */
export function planWrite(rows: RowBatch, moment: Moment, maxBytes: number, adapter: string): WritePlan {
  const entries = new Map<string, Entry>();
  const failures: ItemFailure[] = [];
  for (let row = 0; row < rows.count; row++) {
    const key = `${rows.keys[row]}\n${rows.ids[row]}`;
    const known = entries.get(key);
    if (known) {
      known.rows.push(row);
      continue;
    }
    const item = toItem(rows, row, moment);
    entries.set(key, { item, bytes: itemSize(item), rows: [row] });
  }
  const fitting: Entry[] = [];
  for (const entry of entries.values()) {
    if (entry.bytes <= maxBytes) fitting.push(entry);
    else failures.push(...entry.rows.map((index) => ({ index, error: tooLarge(entry.bytes, maxBytes, adapter) })));
  }
  const limits = { items: MAX_ITEMS, size: MAX_CHUNK_BYTES, sizeOf: ({ bytes }: Entry) => bytes };
  return { chunks: chunked(fitting, limits), failures };
}

/** Per key the entry with the latest event; of equal times the one that came last. */
export function newestPerKey(entries: Iterable<Entry>): Entry[] {
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    const key = entry.item["pk"]?.S ?? "";
    const other = newest.get(key);
    if (!other || timeOf(entry) >= timeOf(other)) newest.set(key, entry);
  }
  return [...newest.values()];
}

/** Those of the entries whose items are among the given ones. */
export function among(entries: readonly Entry[], items: readonly Item[]): Entry[] {
  const keys = new Set(items.map(itemKey));
  return entries.filter(({ item }) => keys.has(itemKey(item)));
}

function timeOf({ item }: Entry): number {
  return Number(item["time"]?.N);
}

function tooLarge(bytes: number, maxBytes: number, adapter: string): SluiceError {
  const message = `The row has ${bytes} bytes as an item; the table takes ${maxBytes}.`;
  return new SluiceError("store-rejected", "store", message, { adapter });
}
