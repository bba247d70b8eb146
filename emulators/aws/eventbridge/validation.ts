import type { EventEntry } from "../eventbridge";

/** Why the service does not take one entry. */
export interface EntryError {
  ErrorCode: string;
  ErrorMessage: string;
}

const MAX_ENTRIES = 10;
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html: "less than 1 MB" for all entries together. */
const MAX_BYTES = 1024 * 1024;
/** What a timestamp counts, whatever its form. */
const TIME_BYTES = 14;
const REQUIRED = ["Source", "DetailType", "Detail"] as const;
const MAX_DETAIL_TYPE = 128;

/** The entries of a request, or the error with which it fails as a whole. */
export function readEntries(body: Buffer): EventEntry[] | { __type: string; message?: string } {
  let entries: EventEntry[] | undefined;
  try {
    entries = (JSON.parse(body.toString()) as { Entries?: EventEntry[] }).Entries;
  } catch {
    return { __type: "SerializationException" };
  }
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_ENTRIES) {
    return invalid(
      "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy constraint: " +
        `Member must have length between 1 and ${MAX_ENTRIES}`,
    );
  }
  if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) >= MAX_BYTES) {
    return invalid("Total size of the entries in the request is over the limit.");
  }
  return entries;
}

/** What is wrong with one entry; undefined if nothing is. */
export function entryError(entry: EventEntry, busExists: boolean): EntryError | undefined {
  for (const field of REQUIRED) {
    if (!entry[field]) return argument(field, `${field} is a required argument.`);
  }
  if ((entry.DetailType?.length ?? 0) > MAX_DETAIL_TYPE) {
    return argument("DetailType", `DetailType is longer than ${MAX_DETAIL_TYPE} characters.`);
  }
  if (!isObject(entry.Detail ?? "")) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  // Kept for the services' own events.
  if (entry.Source?.startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  }
  return busExists ? undefined : argument("EventBusName", `Event bus ${entry.EventBusName} does not exist.`);
}

function isObject(detail: string): boolean {
  try {
    const value: unknown = JSON.parse(detail);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function bytesOf({ Time, Source = "", DetailType = "", Detail = "", Resources = [] }: EventEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : TIME_BYTES);
}

function argument(name: string, reason: string): EntryError {
  return { ErrorCode: "InvalidArgument", ErrorMessage: `Parameter ${name} is not valid. Reason: ${reason}` };
}

function invalid(message: string): { __type: string; message: string } {
  return { __type: "ValidationException", message };
}
