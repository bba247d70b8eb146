import { ConfigError, clip, type ErrorCode, SluiceError, type Stage } from "../../../shared/errors";

/** Primary result codes of SQLite, https://sqlite.org/rescode.html. The extended code has more bits; the low byte is this one. */
const PERM = 3;
const BUSY = 5;
const LOCKED = 6;
const NOMEM = 7;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const TOOBIG = 18;
const AUTH = 23;
const NOTADB = 26;

const RETRYABLE: ReadonlyMap<number, string> = new Map([
  [BUSY, "is locked by another process"],
  [LOCKED, "is locked"],
  [NOMEM, "needs more memory than there is"],
  [IOERR, "could not be read or written"],
  [FULL, "is on a full disk"],
  [CANTOPEN, "could not be opened"],
]);

const MISTAKES: ReadonlyMap<number, readonly [what: string, fix: string]> = new Map([
  [PERM, ["the file may not be used.", "Give this user the right to read and write it."]],
  [AUTH, ["the file may not be used.", "Give this user the right to read and write it."]],
  [
    READONLY,
    ["the file is read-only.", "Give this user the right to write it and its directory, or use another directory."],
  ],
  [CORRUPT, damaged("the file is damaged.")],
  [NOTADB, damaged("the file is not a SQLite database.")],
]);

/** Where a statement ran, for the error's coordinates. */
export interface Place {
  stage: Stage;
  /** As `local/store`. */
  adapter: string;
  file: string;
}

/**
 * What SQLite threw, in our taxonomy: busy, full and I/O errors may go away; a damaged or forbidden file does not.
 * @throws ConfigError where only the user can put it right.
 */
export function sqliteError(thrown: unknown, place: Place): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  if (thrown instanceof ConfigError) throw thrown;
  const code = resultCode(thrown);
  const mistake = code === undefined ? undefined : MISTAKES.get(code);
  if (mistake) throw new ConfigError(mistake[0], place.file, mistake[1], { cause: thrown });
  const reason = code === undefined ? undefined : RETRYABLE.get(code);
  const message = reason ? `${place.file} ${reason}` : clip(thrown instanceof Error ? thrown.message : String(thrown));
  return new SluiceError(taxonomy(code), place.stage, message, {
    adapter: place.adapter,
    coordinates: { file: place.file, ...(code === undefined ? {} : { sqlite: code }) },
    cause: thrown,
  });
}

/** The primary result code of an error that SQLite threw. */
export function resultCode(thrown: unknown): number | undefined {
  const code = typeof thrown === "object" && thrown !== null && "errcode" in thrown ? thrown.errcode : undefined;
  return typeof code === "number" ? code & 0xff : undefined;
}

export function isBusy(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code === BUSY || code === LOCKED;
}

export function isCannotOpen(thrown: unknown): boolean {
  return resultCode(thrown) === CANTOPEN;
}

function taxonomy(code: number | undefined): ErrorCode {
  if (code === TOOBIG) return "store-rejected";
  return code !== undefined && RETRYABLE.has(code) ? "unavailable" : "internal";
}

function damaged(what: string): readonly [string, string] {
  return [what, "Restore the whole directory from a copy, or move it away and start with a new one."];
}
