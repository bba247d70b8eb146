/** What a link or a claim is about. */
export interface Address {
  /** In small letters: names do not distinguish case. */
  hub: string;
  group: string | undefined;
  partition: string | undefined;
}

/** Of every connection, for claims and for properties. */
export const CBS = "$cbs";
export const MANAGEMENT = "$management";

const PATH = /^\/?([^/]+)(?:\/ConsumerGroups\/([^/]+))?(?:\/Partitions\/([^/]+))?(?:\/\$management)?$/i;

/** Of `hub`, `hub/Partitions/0`, `hub/ConsumerGroups/$Default/Partitions/0`, alone or as the path of a URL. */
export function parseAddress(address: unknown): Address | undefined {
  const path = String(address).replace(/^[a-z]+:\/\/[^/]+/i, "");
  const [, hub, group, partition] = PATH.exec(path) ?? [];
  return hub === undefined ? undefined : { hub: hub.toLowerCase(), group: group?.toLowerCase(), partition };
}
