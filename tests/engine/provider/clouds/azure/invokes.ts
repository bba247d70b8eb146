import type { Properties } from "../../values";
import { subscriptionOf, TENANT } from "./config";

/** What the provider answers about whoever runs it; undefined for a function that is not played here. */
export function invoke(token: string, _args: Properties, config: Properties): Properties | undefined {
  if (token !== "azure-native:authorization:getClientConfig") return undefined;
  return {
    clientId: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    objectId: "12121212-3434-5656-7878-909090909090",
    subscriptionId: subscriptionOf(config),
    tenantId: TENANT,
  };
}
