import type { Properties } from "../../values";

/** What the stand-in plays when the configuration names no other: the tenant and subscription of nobody. */
const SUBSCRIPTION = "00000000-1111-2222-3333-444444444444";
export const TENANT = "99999999-8888-7777-6666-555555555555";

export const GROUP = "azure-native:resources:ResourceGroup";

export function subscriptionOf(config: Properties): string {
  return String(config["subscriptionId"] ?? SUBSCRIPTION);
}

/** Regions as ARM writes them. https://learn.microsoft.com/azure/reliability/regions-list */
const REGIONS = new Set(
  [
    "australiacentral australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth canadacentral canadaeast",
    "centralindia centralus chilecentral eastasia eastus eastus2 francecentral germanywestcentral indonesiacentral",
    "israelcentral italynorth japaneast japanwest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth",
    "northcentralus northeurope norwayeast polandcentral qatarcentral southafricanorth southcentralus southeastasia",
    "southindia spaincentral swedencentral switzerlandnorth uaenorth uksouth ukwest westcentralus westeurope westindia",
    "westus westus2 westus3",
  ].flatMap((line) => line.split(" ")),
);

/** Alerts, dashboards' groups and private zones are not in a region. */
export function isLocation(location: string): boolean {
  const name = location.toLowerCase().replaceAll(" ", "");
  return name === "global" || REGIONS.has(name);
}
