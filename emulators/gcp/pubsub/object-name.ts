import { RpcError } from "../../grpc";
import type { CloudStorageConfigOf } from "./resources";

const DEFAULT_FORMAT = "YYYY-MM-DDThh:mm:ss+00:00";
/** https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription#file_names */
const MATCHERS = /YYYY|YY|MM|DD|hh|mm|ss|T|Z|\+00:00|[-_:/]/g;
const REQUIRED = [["YYYY", "YY"], ["MM"], ["DD"], ["hh"], ["mm"], ["ss"]] as const;

/** `<prefix><date and time>_<unique><suffix>`, by the time at which the object is made. */
export function objectName(config: CloudStorageConfigOf<number>, now: number, unique: string): string {
  const format = config.filenameDatetimeFormat || DEFAULT_FORMAT;
  // A format that ends with a separator brings the one before the unique part.
  const separator = /[-_:/]$/.test(format) ? "" : "_";
  const time = formatTime(format, new Date(now).toISOString());
  return `${config.filenamePrefix ?? ""}${time}${separator}${unique}${config.filenameSuffix ?? ""}`;
}

/** Each part of the date and of the time once, and nothing else but separators. */
export function checkDatetimeFormat(format: string): void {
  const found = format.match(MATCHERS) ?? [];
  const isOnce = REQUIRED.every((names) => found.filter((one) => names.some((name) => name === one)).length === 1);
  if (!isOnce || found.join("") !== format)
    throw new RpcError("INVALID_ARGUMENT", `Invalid filename datetime format (format=${format}).`);
}

function formatTime(format: string, iso: string): string {
  const [year = "", month = "", day = "", hour = "", minute = "", second = ""] = iso.split(/[-T:.Z]/);
  const parts: Record<string, string> = {
    YYYY: year,
    YY: year.slice(2),
    MM: month,
    DD: day,
    hh: hour,
    mm: minute,
    ss: second,
  };
  return format.replace(MATCHERS, (matcher) => parts[matcher] ?? matcher);
}
