/** A resource's properties as they travel: JSON, with the marks below. */
export type Properties = Record<string, unknown>;

/** Stands for a value that is not known before the update. The engine's own mark, as are the signatures. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isAsset(value: unknown): value is Properties & { hash?: string } {
  return isObject(value) && value[SIGNATURE] === ASSET;
}

export function isArchive(value: unknown): value is Properties & { hash?: string; path?: string } {
  return isObject(value) && value[SIGNATURE] === ARCHIVE;
}

/** Whether a value, or anything in it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** A property's path as the engine writes it: `tags.team`, `attributes[0].name`, `tags["a.b"]`. */
export function joinPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[\w$-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
