import { openRecorder } from "../recorder";

export type { Recorded } from "../recorder";

export const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";
export const LOCATION = "westeurope";
/** Pulumi chooses the last digits. */
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/sluice-azure-group1a2b3c4d`;

/** No look-up is answered: the program must not need an account to be planned. */
export const record = openRecorder({
  stack: "azure",
  stateOf: (type, name, given) => {
    const [, kind = type] = /^azure-native:\w+:(\w+)$/.exec(type) ?? [];
    const own = ownName(kind, name, given);
    const id = `${parentOf(given)}/${kind}/${own}`;
    return { id, ...given, ...added[kind]?.(own, given), name: own };
  },
});

type Given = Record<string, unknown>;

/** Inputs that hold a resource's name. */
const NAMES = [
  ...[
    "accountName",
    "containerName",
    "databaseName",
    "queueName",
    "namespaceName",
    "eventHubName",
    "consumerGroupName",
  ],
  ...[
    "topicName",
    "vaultName",
    "workspaceName",
    "endpointName",
    "deploymentName",
    "environmentName",
    "containerAppName",
  ],
  ...["privateZoneName", "virtualNetworkLinkName", "relativeRecordSetName", "subnetName", "resourceName"],
];

/** The last one given: what goes before names what it is part of. */
function ownName(kind: string, name: string, given: Given): string {
  const own: Record<string, string> = {
    BlobContainer: "containerName",
    SqlResourceSqlContainer: "containerName",
    SqlResourceSqlDatabase: "databaseName",
    Queue: "queueName",
    EventHub: "eventHubName",
    ConsumerGroup: "consumerGroupName",
    OnlineEndpoint: "endpointName",
    OnlineDeployment: "deploymentName",
    Subnet: "subnetName",
    VirtualNetworkLink: "virtualNetworkLinkName",
    PrivateRecordSet: "relativeRecordSetName",
  };
  const key = own[kind] ?? NAMES.find((key) => key in given) ?? "name";
  return String(given[key] ?? `${name}1a2b3c4d`);
}

function parentOf(given: Given): string {
  const parents = [
    "accountName",
    "namespaceName",
    "eventHubName",
    "workspaceName",
    "endpointName",
    "virtualNetworkName",
  ];
  const path = parents.filter((key) => key in given).map((key) => given[key]);
  return [`${GROUP.slice(0, GROUP.lastIndexOf("/"))}/${given["resourceGroupName"] ?? ""}/providers`, ...path].join("/");
}

/** What the service would add, in the service's own form. */
const added: Record<string, (name: string, given: Given) => Given> = {
  ResourceGroup: () => ({ id: GROUP }),
  UserAssignedIdentity: (name) => ({
    principalId: `principal of ${name}`,
    clientId: `client of ${name}`,
    tenantId: "66666666-7777-8888-9999-000000000000",
  }),
  Component: () => ({ connectionString: "InstrumentationKey=0;IngestionEndpoint=https://in.example/" }),
  WebApp: (name) => ({ defaultHostName: `${name}.azurewebsites.net` }),
  Topic: (name) => ({ endpoint: `https://${name}.${LOCATION}-1.eventgrid.azure.net/api/events` }),
  ManagedEnvironment: () => ({ defaultDomain: `kind-sea-1.${LOCATION}.azurecontainerapps.io`, staticIp: "10.0.2.7" }),
  OnlineEndpoint: (name, { properties }) => ({
    properties: { ...(properties as object), scoringUri: `https://${name}.${LOCATION}.inference.ml.azure.com/score` },
  }),
};
