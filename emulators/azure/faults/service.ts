import type { RequestHead } from "../../http-faults/fault";

export type AzureService = "cosmos" | "storage" | "eventGrid" | "azureMl" | "identity";

const PATHS: readonly (readonly [RegExp, AzureService])[] = [
  [/^\/dbs(\/|$)/, "cosmos"],
  [/\/api\/events$/, "eventGrid"],
  [/\/score$/, "azureMl"],
  [/^\/msi\/token$/, "identity"],
  [/^\/.+/, "storage"],
];

/** Which service a request is for, as its path tells. That of an account of Cosmos DB is empty. */
export function serviceOf({ path }: Pick<RequestHead, "path">): AzureService {
  const bare = path.split("?", 1)[0] ?? "";
  return PATHS.find(([pattern]) => pattern.test(bare))?.[1] ?? "cosmos";
}
