import type { Failure } from "../../../check";
import { at, failIf, matches, type Rule } from "../../rule";

const RANGE = /^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/;

export const NETWORK: Readonly<Record<string, Rule>> = {
  "azure-native:network:VirtualNetwork": (inputs) => {
    const ranges = at(inputs, "addressSpace.addressPrefixes");
    const list = Array.isArray(ranges) ? ranges : [];
    return [
      failIf(list.length === 0, "addressSpace", "a network needs a range of addresses"),
      ...list.map((range, i) => matches(range, `addressSpace.addressPrefixes[${i}]`, RANGE)),
    ];
  },
  "azure-native:network:Subnet": (inputs) => [
    matches(inputs["addressPrefix"], "addressPrefix", RANGE),
    ...delegations(inputs["delegations"]),
  ],
  "azure-native:privatedns:VirtualNetworkLink": (inputs) => [global(inputs["location"])],
  "azure-native:privatedns:PrivateZone": (inputs) => [global(inputs["location"])],
};

function delegations(given: unknown): (Failure | undefined)[] {
  if (!Array.isArray(given)) return [];
  return given.map((delegation, i) =>
    matches(at(delegation, "serviceName"), `delegations[${i}].serviceName`, /^Microsoft\.\w+\/\w+$/),
  );
}

/** The provider fills in the group's region where the program gives none. */
function global(location: unknown): Failure | undefined {
  return matches(location, "location", /^global$/i);
}
