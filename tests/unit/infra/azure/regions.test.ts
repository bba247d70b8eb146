import { describe, expect, it } from "@jest/globals";
import { checkPlace } from "../../../../infra/azure/regions";

const SUBSCRIPTION = { "azure-native:subscriptionId": "11111111-2222-3333-4444-555555555555" };
const LOCATION = { "azure-native:location": "westeurope" };

describe("the region", () => {
  it.each([
    ...["eastus", "eastus2", "westus3", "southcentralus", "westcentralus", "northeurope", "eastasia", "southindia"],
    ...["germanywestcentral", "australiacentral2", "jioindiawest", "uksouth", "southafricanorth", "brazilsoutheast"],
    ...["newzealandnorth", "mexicocentral", "austriaeast", "indonesiacentral", "denmarkeast"],
  ])("may be %s", (location) => {
    expect(checkPlace({ ...SUBSCRIPTION, "azure-native:location": location })).toEqual([]);
  });

  it.each([
    ["West Europe", "Did you mean `azure-native:location: westeurope`?"],
    ["us-east-2", "Write `azure-native:location: westeurope`, for example."],
    ["westeurpe", "Did you mean `azure-native:location: westeurope`?"],
    ["frankfurt", "Write `azure-native:location: westeurope`, for example."],
    ["", "Write `azure-native:location: westeurope`, for example."],
  ])("may not be %j", (location, fix) => {
    const [found] = checkPlace({ ...SUBSCRIPTION, "azure-native:location": location });

    expect(found?.message).toBe(`azure-native:location: ${JSON.stringify(location)} is not a region of Azure. ${fix}`);
  });

  it.each(["usgovvirginia", "chinaeast2"])("may not be %s, whose addresses are others", (location) => {
    const found = checkPlace({ ...SUBSCRIPTION, "azure-native:location": location });

    expect(found.map(({ where }) => where)).toEqual(["azure-native:location"]);
  });
});

describe("the subscription", () => {
  it.each(["", "my-subscription", "11111111222233334444555555555555"])("may not be %j", (subscription) => {
    const [found] = checkPlace({ ...LOCATION, "azure-native:subscriptionId": subscription });

    expect(found?.message).toBe(
      `azure-native:subscriptionId: ${JSON.stringify(subscription)} is not the id of a subscription. Write what \`az account show --query id\` prints, as 11111111-2222-3333-4444-555555555555.`,
    );
  });

  it("must be in the configuration, and is told together with the region: the environment's would differ from machine to machine", () => {
    const found = checkPlace({}).map(({ where, what }) => `${where}: ${what}`);

    expect(found).toEqual(["azure-native:subscriptionId: it is missing.", "azure-native:location: it is missing."]);
  });
});

describe("the environment", () => {
  it("is the public one", () => {
    expect(checkPlace({ ...SUBSCRIPTION, ...LOCATION, "azure-native:environment": "public" })).toEqual([]);
  });

  it("is no other", () => {
    const [found] = checkPlace({ ...SUBSCRIPTION, ...LOCATION, "azure-native:environment": "usgovernment" });

    expect(found?.message).toMatch(/^azure-native:environment: "usgovernment" is not Azure's public cloud/);
  });
});
