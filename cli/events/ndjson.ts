import { decodeUtf8 } from "../../shared/guards";
import { isBlank, isLong, type Line, type LongLine } from "./lines";

/** One event as it is to be sent: text, bytes that are not valid UTF-8, or a line that is too long to be one. */
export type Item = string | Uint8Array | LongLine;

/** Turns lines into events. */
export interface EventReader {
  read(lines: readonly Line[]): Item[];
  /** What was still waiting for further lines. */
  end(): Item[];
  /** Blank lines so far: they are no events. */
  readonly blank: number;
}

/** One event per line, passed on as it is, whether or not it is JSON: what is wrong with an event is not for the reader to say. */
export function createNdjsonReader(): EventReader {
  let blank = 0;
  return {
    get blank() {
      return blank;
    },
    read(lines) {
      const items: Item[] = [];
      for (const line of lines) {
        if (isLong(line)) items.push(line);
        else if (isBlank(line)) blank++;
        else items.push(decodeUtf8(line) ?? line);
      }
      return items;
    },
    end: () => [],
  };
}
