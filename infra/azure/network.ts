import type { ManagedEnvironment } from "@pulumi/azure-native/app";
import { Subnet, VirtualNetwork } from "@pulumi/azure-native/network";
import { PrivateRecordSet, PrivateZone, VirtualNetworkLink } from "@pulumi/azure-native/privatedns";
import type { Resource } from "@pulumi/pulumi";
import type { Scope } from "./scope";

export interface ModelNetwork {
  network: VirtualNetwork;
  functions: Subnet;
  models: Subnet;
}

/** Both services want their subnet given over to Container Apps, and to nobody else. */
const DELEGATION = { name: "environments", serviceName: "Microsoft.App/environments" };

/** A network for the function and the model server: what is in it cannot be called from outside. */
export function modelNetwork(scope: Scope): ModelNetwork {
  const network = new VirtualNetwork(
    ...scope.inner("network", { ...scope.here, addressSpace: { addressPrefixes: ["10.0.0.0/22"] } }),
  );
  const subnet = (key: "functionSubnet" | "modelSubnet", name: string, addressPrefix: string, before: Resource[]) =>
    new Subnet(
      ...scope.inner(
        key,
        {
          ...scope.within,
          virtualNetworkName: network.name,
          subnetName: name,
          addressPrefix,
          delegations: [DELEGATION],
        },
        { dependsOn: before },
      ),
    );
  const functions = subnet("functionSubnet", "functions", "10.0.0.0/24", []);
  // Azure changes one subnet of a network at a time.
  return { network, functions, models: subnet("modelSubnet", "models", "10.0.2.0/23", [functions]) };
}

/** Inside the network, the name of every app of the environment leads to it. */
export function modelAddress(scope: Scope, network: VirtualNetwork, environment: ManagedEnvironment): Resource[] {
  const { tags } = scope;
  const place = { ...scope.within, location: "global", tags };
  const zone = new PrivateZone(...scope.inner("modelZone", { ...place, privateZoneName: environment.defaultDomain }));
  const link = new VirtualNetworkLink(
    ...scope.inner("modelZoneLink", {
      ...place,
      privateZoneName: zone.name,
      virtualNetworkLinkName: "models",
      virtualNetwork: { id: network.id },
      registrationEnabled: false,
    }),
  );
  const record = new PrivateRecordSet(
    ...scope.inner("modelRecord", {
      ...scope.within,
      privateZoneName: zone.name,
      recordType: "A",
      relativeRecordSetName: "*",
      ttl: 300,
      aRecords: [{ ipv4Address: environment.staticIp }],
    }),
  );
  return [link, record];
}
