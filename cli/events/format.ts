import path from "node:path";
import { ConfigError } from "../../shared/errors";

export type EventFormat = "ndjson" | "csv";

export const FORMATS: readonly (EventFormat | "auto")[] = ["auto", "ndjson", "csv"];

/** By the file's name where that says it, otherwise by the first line: an object is an event, a comma makes a header. */
export function formatOf(start: Buffer, file: string): EventFormat {
  const extension = path.extname(file).toLowerCase();
  if (extension === ".csv" || extension === ".tsv") return "csv";
  if (extension === ".ndjson" || extension === ".jsonl" || extension === ".json") return "ndjson";
  const [line = ""] = start.toString("utf8").trimStart().split("\n", 1);
  const isJson = /^[{[]/.test(line) || (line.startsWith(`"`) && !looksLikeHeader(line));
  return isJson ? "ndjson" : csvIfDelimited(line);
}

/** A quoted name and a delimiter: `"date","Temperature"`. No JSON text goes on after its first string. */
function looksLikeHeader(line: string): boolean {
  return /^"[^"]*"\s*[,;\t]/.test(line);
}

function csvIfDelimited(line: string): EventFormat {
  return /[,;\t]/.test(line) ? "csv" : "ndjson";
}

/** Files that only look like events, each with the command that makes events of them. */
export function refuseForeign(start: Buffer, file: string, where: string): void {
  const name = file === "-" ? "events" : path.basename(file);
  const refuse = (what: string, command: string) => {
    throw new ConfigError(what, where, `Use \`${command}\`.`);
  };
  if (start[0] === 0x1f && start[1] === 0x8b)
    refuse("it is compressed with gzip.", `gunzip -c ${name} | sluice run --events -`);
  if (start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd)
    refuse("it is compressed with zstd.", `zstd -dc ${name} | sluice run --events -`);
  if (start[0] === 0x50 && start[1] === 0x4b && start[2] === 0x03)
    refuse("it is a zip archive.", `unzip -p ${name} | sluice run --events -`);
  if ((start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff))
    refuse("it is UTF-16 text.", `iconv -f UTF-16 -t UTF-8 ${name} | sluice run --events -`);
  // The beginning of an array over several lines, or of one with objects in it: not of an event that happens to be an array.
  if (path.extname(file) === ".json" && /^\s*\[\s*(\{|$)/.test(start.subarray(0, 256).toString("latin1")))
    refuse("it is one JSON array, and events are one per line.", `jq -c '.[]' ${name} | sluice run --events -`);
}
