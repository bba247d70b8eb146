import { ConfigError } from "../../shared/errors";
import { nearest } from "../config/nearest";
import type { RawConfig } from "../config/read";

const SIDES =
  "north|south|east|west|central|northeast|northwest|southeast|southwest|northcentral|southcentral|westcentral";
const AREAS = "us|europe|asia|india";
const COUNTRIES = [
  ..."australia|austria|belgium|brazil|canada|chile|denmark|france|germany|indonesia|israel|italy|japan|korea".split(
    "|",
  ),
  ..."malaysia|mexico|newzealand|norway|poland|qatar|southafrica|spain|sweden|switzerland|taiwan|uae|uk".split("|"),
].join("|");

const REGION = new RegExp(`^(?:(?:(?:${SIDES})?(?:${AREAS}))|(?:(?:jio)?(?:${COUNTRIES}|india)(?:${SIDES})))[2-9]?$`);

/** https://learn.microsoft.com/azure/azure-portal/get-subscription-tenant-id */
const SUBSCRIPTION = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Only to tell what a mistyped name most likely means; any name of the right form is taken. */
const WELL_KNOWN = [
  ...["eastus", "eastus2", "centralus", "northcentralus", "southcentralus", "westus", "westus2", "westus3"],
  ...["northeurope", "westeurope", "uksouth", "francecentral", "germanywestcentral", "swedencentral"],
  ...["switzerlandnorth", "italynorth", "polandcentral", "norwayeast", "spaincentral", "canadacentral", "brazilsouth"],
  ...["eastasia", "southeastasia", "japaneast", "koreacentral", "centralindia", "australiaeast", "southafricanorth"],
];

/** What is wrong with subscription and region, if anything. Both come from the configuration alone: two machines must not deploy to two places. */
export function checkPlace(raw: RawConfig): ConfigError[] {
  return [
    ...checkSubscription(raw["azure-native:subscriptionId"]),
    ...checkLocation(raw["azure-native:location"]),
    ...checkEnvironment(raw["azure-native:environment"]),
  ];
}

function checkSubscription(subscription: string | undefined): ConfigError[] {
  if (subscription !== undefined && SUBSCRIPTION.test(subscription)) return [];
  return [
    new ConfigError(
      subscription === undefined
        ? "it is missing."
        : `${JSON.stringify(subscription)} is not the id of a subscription.`,
      "azure-native:subscriptionId",
      "Write what `az account show --query id` prints, as 11111111-2222-3333-4444-555555555555.",
    ),
  ];
}

function checkLocation(location: string | undefined): ConfigError[] {
  if (location !== undefined && REGION.test(location)) return [];
  const plain = location?.toLowerCase().replace(/[^a-z0-9]/g, "") ?? "";
  const meant = REGION.test(plain) ? plain : nearest(plain, WELL_KNOWN);
  return [
    new ConfigError(
      location === undefined ? "it is missing." : `${JSON.stringify(location)} is not a region of Azure.`,
      "azure-native:location",
      meant
        ? `Did you mean \`azure-native:location: ${meant}\`?`
        : "Write `azure-native:location: westeurope`, for example.",
    ),
  ];
}

/** Hubs, stores and topics have other addresses in the clouds of governments and of China. */
function checkEnvironment(environment: string | undefined): ConfigError[] {
  if (environment === undefined || environment.toLowerCase() === "public") return [];
  return [
    new ConfigError(
      `${JSON.stringify(environment)} is not Azure's public cloud, the only one whose addresses are known here.`,
      "azure-native:environment",
      "Remove it.",
    ),
  ];
}
