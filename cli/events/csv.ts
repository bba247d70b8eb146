import { ConfigError } from "../../shared/errors";
import { decodeUtf8 } from "../../shared/guards";
import { isBlank, isLong, type Line } from "./lines";
import type { EventReader, Item } from "./ndjson";
import { type Delimiter, parseRecord } from "./record";

/** A quoted value may run over several lines; one that runs over more is a quote that was never closed. */
const MAX_RECORD_LINES = 200;

/** JSON's own grammar of numbers (RFC 8259, section 6): everything else stays text. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** The name of the first column of files that have one more than their header names, as R's write.table makes them. */
const ROW_NAMES = "row";

interface Layout {
  delimiter: Delimiter;
  /** Of the header. */
  names: readonly string[];
  /** Of the rows: `"name":` each, ready to be written. Known from the first row on. */
  columns: readonly string[] | undefined;
}

/**
 * CSV with a header (RFC 4180; comma, semicolon or tab): one JSON object per row. A value that is a plain number becomes one,
 * everything else is text. A row that does not fit the header is passed on as it is, to be dead-lettered with the reason.
 * @throws ConfigError if the header cannot be one.
 */
export function createCsvReader(where: string): EventReader {
  let layout: Layout | undefined;
  let pending: { lines: Buffer[]; text: string } | undefined;
  let blank = 0;

  const readLine = (line: Buffer, items: Item[]): void => {
    const text = decodeUtf8(line);
    if (!layout) {
      if (isBlank(line)) blank++;
      else layout = readHeader(text, where);
      return;
    }
    if (pending === undefined && isBlank(line)) {
      blank++;
      return;
    }
    if (text === undefined) {
      if (pending) giveUp(items);
      items.push(line);
      return;
    }
    const joined: string = pending === undefined ? text : `${pending.text}\n${text}`;
    const fields = parseRecord(joined, layout.delimiter);
    if (fields === "open") {
      pending = { lines: [...(pending?.lines ?? []), line], text: joined };
      if (pending.lines.length >= MAX_RECORD_LINES) giveUp(items);
      return;
    }
    pending = undefined;
    items.push(fields === "broken" ? joined : asJson(fields, layout, joined));
  };

  /** The first line is passed on as it is, and those after it are looked at again, each by itself. */
  const giveUp = (items: Item[]): void => {
    const [first, ...rest] = pending?.lines ?? [];
    pending = undefined;
    if (first) items.push(decodeUtf8(first) ?? first);
    for (const line of rest) readLine(line, items);
  };

  return {
    get blank() {
      return blank;
    },
    read(lines: readonly Line[]) {
      const items: Item[] = [];
      for (const line of lines) {
        if (!isLong(line)) {
          readLine(line, items);
          continue;
        }
        if (!layout) throw notAHeader("its first line is too long to be a header.", where);
        while (pending) giveUp(items);
        items.push(line);
      }
      return items;
    },
    end() {
      const items: Item[] = [];
      while (pending) giveUp(items);
      return items;
    },
  };
}

function readHeader(text: string | undefined, where: string): Layout {
  if (text === undefined) throw notAHeader("its first line is not UTF-8 text.", where);
  const delimiter = delimiterOf(text);
  const names = parseRecord(text, delimiter);
  if (typeof names === "string") throw notAHeader("the quotes in its first line do not match.", where);
  const empty = names.findIndex((name) => name.trim() === "");
  if (empty !== -1) throw notAHeader(`column ${empty + 1} of its first line has no name.`, where);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw notAHeader(`column ${JSON.stringify(twice)} is there twice.`, where);
  return { delimiter, names, columns: undefined };
}

/** The first of these that the header contains, so a comma inside a name is only a problem for files without commas. */
function delimiterOf(header: string): Delimiter {
  const delimiters: readonly Delimiter[] = [",", ";", "\t"];
  return delimiters.find((delimiter) => header.includes(delimiter)) ?? ",";
}

function asJson(fields: readonly string[], layout: Layout, raw: string): string {
  const { names } = layout;
  layout.columns ??= (fields.length === names.length + 1 ? [ROW_NAMES, ...names] : names).map(
    (name) => `${JSON.stringify(name)}:`,
  );
  const { columns } = layout;
  if (fields.length !== columns.length) return raw;
  let json = "{";
  for (let i = 0; i < columns.length; i++) {
    const field = fields[i]!;
    json += (i === 0 ? "" : ",") + columns[i] + (NUMBER.test(field) ? field : JSON.stringify(field));
  }
  return `${json}}`;
}

function notAHeader(what: string, where: string): ConfigError {
  return new ConfigError(
    what,
    where,
    "A CSV file starts with the names of its columns; for one JSON event per line use `--format ndjson`.",
  );
}
