import type { Templates } from "../template";

const DATE = "2026-01-01T00:00:00.0000000Z";
const GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}";

/** A resource in a group, by its path below the group. */
const inGroup = (path: string, outputs: Record<string, unknown> = {}): Templates => ({
  id: `${GROUP}/providers/${path}`,
  outputs,
});
/** One whose name is part of an address, and so is nobody else's. */
const worldwide = (path: string, name: string, outputs: Record<string, unknown>): Templates => ({
  ...inGroup(path, outputs),
  name: `{${name}}`,
});
const inStorage = (path: string) => inGroup(`Microsoft.Storage/storageAccounts/{accountName}/${path}`);
const inCosmos = (path: string, outputs = {}) =>
  inGroup(`Microsoft.DocumentDB/databaseAccounts/{accountName}/${path}`, outputs);
const inHubs = (path: string, outputs = {}) =>
  inGroup(`Microsoft.EventHub/namespaces/{namespaceName}/${path}`, { createdAt: DATE, updatedAt: DATE, ...outputs });
const inMl = (path: string, outputs = {}) =>
  inGroup(`Microsoft.MachineLearningServices/workspaces/{workspaceName}/${path}`, outputs);
const storageHost = (service: string) => `https://{accountName}.${service}.core.windows.net/`;
const scoringHost = "https://{endpointName}.{region}.inference.ml.azure.com";

/** Where ARM puts its resources, and what else only Azure knows. `{x}` may also be one of the facts in answers.ts. */
export const TEMPLATES: Readonly<Record<string, Templates>> = {
  "azure-native:app:ContainerApp": inGroup("Microsoft.App/containerApps/{containerAppName}", {
    configuration: { ingress: { fqdn: "{fqdn}" } },
    latestReadyRevisionName: "{containerAppName}--0000001",
    latestRevisionFqdn: "{fqdn}",
    latestRevisionName: "{containerAppName}--0000001",
    outboundIpAddresses: ["20.0.0.2"],
    runningStatus: "Running",
  }),
  "azure-native:app:ManagedEnvironment": inGroup("Microsoft.App/managedEnvironments/{environmentName}", {
    defaultDomain: "{domain}",
    staticIp: "{staticIp}",
  }),
  "azure-native:applicationinsights:Component": inGroup("Microsoft.Insights/components/{resourceName}", {
    appId: "{guid}",
    applicationId: "{resourceName}",
    connectionString:
      "InstrumentationKey={guid};IngestionEndpoint=https://{region}-0.in.applicationinsights.azure.com/;ApplicationId={guid}",
    creationDate: DATE,
    instrumentationKey: "{guid}",
    tenantId: "{tenant}",
  }),
  "azure-native:applicationinsights:Workbook": inGroup("Microsoft.Insights/workbooks/{resourceName}", {
    revision: "{etag}",
    timeModified: DATE,
    userId: "{guid}",
  }),
  "azure-native:authorization:ManagementLockByScope": {
    id: "{scope}/providers/Microsoft.Authorization/locks/{lockName}",
  },
  "azure-native:authorization:RoleAssignment": {
    id: "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    // RoleAssignmentExists: whatever it is called.
    name: "{scope} {roleDefinitionId} {principalId}",
    outputs: { createdOn: DATE, updatedOn: DATE },
  },
  "azure-native:authorization:RoleDefinition": {
    id: "{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
    outputs: { createdOn: DATE, updatedOn: DATE },
  },
  "azure-native:consumption:Budget": {
    id: "{scope}/providers/Microsoft.Consumption/budgets/{budgetName}",
    outputs: { currentSpend: { amount: 0, unit: "USD" } },
  },
  "azure-native:cosmosdb:DatabaseAccount": worldwide(
    "Microsoft.DocumentDB/databaseAccounts/{accountName}",
    "accountName",
    { documentEndpoint: "https://{accountName}.documents.azure.com:443/", instanceId: "{guid}" },
  ),
  "azure-native:cosmosdb:SqlResourceSqlContainer": inCosmos("sqlDatabases/{databaseName}/containers/{containerName}"),
  "azure-native:cosmosdb:SqlResourceSqlDatabase": inCosmos("sqlDatabases/{databaseName}"),
  "azure-native:cosmosdb:SqlResourceSqlRoleAssignment": inCosmos("sqlRoleAssignments/{roleAssignmentId}"),
  "azure-native:eventgrid:Topic": inGroup("Microsoft.EventGrid/topics/{topicName}", {
    endpoint: "https://{topicName}.{region}-1.eventgrid.azure.net/api/events",
    metricResourceId: "{guid}",
  }),
  "azure-native:eventhub:ConsumerGroup": inHubs("eventhubs/{eventHubName}/consumergroups/{consumerGroupName}"),
  "azure-native:eventhub:EventHub": inHubs("eventhubs/{eventHubName}", {
    partitionIds: "{partitionIds}",
    status: "Active",
  }),
  "azure-native:eventhub:Namespace": worldwide("Microsoft.EventHub/namespaces/{namespaceName}", "namespaceName", {
    createdAt: DATE,
    metricId: "{subscription}:{namespaceName}",
    serviceBusEndpoint: "https://{namespaceName}.servicebus.windows.net:443/",
    status: "Active",
    updatedAt: DATE,
  }),
  "azure-native:keyvault:Vault": worldwide("Microsoft.KeyVault/vaults/{vaultName}", "vaultName", {
    properties: { vaultUri: "https://{vaultName}.vault.azure.net/" },
  }),
  "azure-native:machinelearningservices:EnvironmentContainer": inMl("environments/{name}"),
  "azure-native:machinelearningservices:EnvironmentVersion": inMl("environments/{name}/versions/{version}"),
  "azure-native:machinelearningservices:OnlineDeployment": inMl(
    "onlineEndpoints/{endpointName}/deployments/{deploymentName}",
  ),
  "azure-native:machinelearningservices:OnlineEndpoint": inMl("onlineEndpoints/{endpointName}", {
    properties: { scoringUri: `${scoringHost}/score`, swaggerUri: `${scoringHost}/swagger.json` },
  }),
  "azure-native:machinelearningservices:Workspace": inGroup(
    "Microsoft.MachineLearningServices/workspaces/{workspaceName}",
    { tenantId: "{tenant}", workspaceId: "{guid}" },
  ),
  "azure-native:managedidentity:UserAssignedIdentity": inGroup(
    "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
    { clientId: "{clientId}", principalId: "{principalId}", tenantId: "{tenant}" },
  ),
  "azure-native:monitor:ActionGroup": inGroup("Microsoft.Insights/actionGroups/{actionGroupName}"),
  "azure-native:monitor:AutoscaleSetting": inGroup("Microsoft.Insights/autoscalesettings/{autoscaleSettingName}"),
  "azure-native:monitor:DiagnosticSetting": {
    id: "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
  },
  "azure-native:monitor:MetricAlert": inGroup("Microsoft.Insights/metricAlerts/{ruleName}"),
  "azure-native:monitor:ScheduledQueryRule": inGroup("Microsoft.Insights/scheduledQueryRules/{ruleName}"),
  "azure-native:network:Subnet": inGroup("Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}"),
  "azure-native:network:VirtualNetwork": inGroup("Microsoft.Network/virtualNetworks/{virtualNetworkName}", {
    resourceGuid: "{guid}",
  }),
  "azure-native:operationalinsights:Workspace": inGroup("Microsoft.OperationalInsights/workspaces/{workspaceName}", {
    createdDate: DATE,
    customerId: "{guid}",
    modifiedDate: DATE,
  }),
  "azure-native:privatedns:PrivateRecordSet": inGroup(
    "Microsoft.Network/privateDnsZones/{privateZoneName}/{recordType}/{relativeRecordSetName}",
    { fqdn: "{relativeRecordSetName}.{privateZoneName}.", isAutoRegistered: false },
  ),
  "azure-native:privatedns:PrivateZone": inGroup("Microsoft.Network/privateDnsZones/{privateZoneName}"),
  "azure-native:privatedns:VirtualNetworkLink": inGroup(
    "Microsoft.Network/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}",
    { virtualNetworkLinkState: "Completed" },
  ),
  "azure-native:resources:ResourceGroup": { id: GROUP },
  "azure-native:storage:BlobContainer": inStorage("blobServices/default/containers/{containerName}"),
  "azure-native:storage:BlobServiceProperties": inStorage("blobServices/{blobServicesName}"),
  "azure-native:storage:ManagementPolicy": inStorage("managementPolicies/{managementPolicyName}"),
  "azure-native:storage:Queue": inStorage("queueServices/default/queues/{queueName}"),
  "azure-native:storage:StorageAccount": worldwide("Microsoft.Storage/storageAccounts/{accountName}", "accountName", {
    accessTier: "Hot",
    creationTime: DATE,
    primaryEndpoints: {
      blob: storageHost("blob"),
      dfs: storageHost("dfs"),
      file: storageHost("file"),
      queue: storageHost("queue"),
      table: storageHost("table"),
      web: storageHost("z6.web"),
    },
    primaryLocation: "{region}",
    statusOfPrimary: "available",
  }),
  "azure-native:web:AppServicePlan": inGroup("Microsoft.Web/serverfarms/{name}", { status: "Ready" }),
  "azure-native:web:WebApp": worldwide("Microsoft.Web/sites/{name}", "name", {
    defaultHostName: "{name}.azurewebsites.net",
    enabledHostNames: ["{name}.azurewebsites.net", "{name}.scm.azurewebsites.net"],
    hostNames: ["{name}.azurewebsites.net"],
    lastModifiedTimeUtc: DATE,
    outboundIpAddresses: "20.0.0.1",
    possibleOutboundIpAddresses: "20.0.0.1",
    repositorySiteName: "{name}",
    resourceGroup: "{resourceGroupName}",
    sku: "FlexConsumption",
    state: "Running",
  }),
  "azure-native:web:WebAppApplicationSettings": inGroup("Microsoft.Web/sites/{name}/config/appsettings"),
  "azure-native:web:WebAppFtpAllowed": inGroup("Microsoft.Web/sites/{name}/basicPublishingCredentialsPolicies/ftp"),
  "azure-native:web:WebAppScmAllowed": inGroup("Microsoft.Web/sites/{name}/basicPublishingCredentialsPolicies/scm"),
};
