export type Delimiter = "," | ";" | "\t";

/**
 * The fields of one CSV record (RFC 4180). `open`: a quoted field has not ended yet, so the record goes on in the next
 * line. `broken`: something follows a closing quote. A quote inside a field that did not start with one is an ordinary character.
 */
export function parseRecord(text: string, delimiter: Delimiter): string[] | "open" | "broken" {
  // Most records have no quotes at all.
  if (!text.includes('"')) return text.split(delimiter);
  const fields: string[] = [];
  for (let from = 0; ; ) {
    if (text.charCodeAt(from) !== 0x22) {
      const end = text.indexOf(delimiter, from);
      fields.push(end === -1 ? text.slice(from) : text.slice(from, end));
      if (end === -1) return fields;
      from = end + 1;
      continue;
    }
    const end = closingQuote(text, from + 1);
    if (end === -1) return "open";
    const value = text.slice(from + 1, end);
    fields.push(value.includes('"') ? value.replaceAll('""', '"') : value);
    if (end + 1 === text.length) return fields;
    if (text[end + 1] !== delimiter) return "broken";
    from = end + 2;
  }
}

/** The index of the quote that is not doubled, or -1. */
function closingQuote(text: string, start: number): number {
  for (let at = text.indexOf('"', start); at !== -1; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return at;
  return -1;
}
