import type { Failure } from "../../../check";
import type { Properties } from "../../../values";
import { matches } from "../../rule";

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CONTAINER = /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const ML = /^[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]$/;
const ASSET = /^[A-Za-z0-9][\w.-]{0,254}$/;
const DOMAIN = /^(?=.{1,253}$)\w[\w-]{0,62}(?:\.\w[\w-]{0,62})+$/;

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules, by the input that is the name. */
const NAMES: Readonly<Record<string, readonly [property: string, pattern: RegExp]>> = {
  "app:ContainerApp": ["containerAppName", /^[a-z](?!.*--)[a-z0-9-]{0,30}[a-z0-9]$/],
  "app:ManagedEnvironment": ["environmentName", /^[A-Za-z](?!.*--)[A-Za-z0-9-]{0,58}[A-Za-z0-9]$/],
  "applicationinsights:Component": ["resourceName", /^[^%&\\?/]{1,254}[^%&\\?/ .]$/],
  "applicationinsights:Workbook": ["resourceName", GUID],
  "authorization:ManagementLockByScope": ["lockName", /^[\w.()-]{1,90}$/],
  "authorization:RoleAssignment": ["roleAssignmentName", GUID],
  "authorization:RoleDefinition": ["roleDefinitionId", GUID],
  "consumption:Budget": ["budgetName", /^[\w-]{1,63}$/],
  "cosmosdb:DatabaseAccount": ["accountName", /^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$/],
  "cosmosdb:SqlResourceSqlContainer": ["containerName", /^[^/\\#?]{1,254}[^/\\#? ]$/],
  "cosmosdb:SqlResourceSqlDatabase": ["databaseName", /^[^/\\#?]{1,254}[^/\\#? ]$/],
  "cosmosdb:SqlResourceSqlRoleAssignment": ["roleAssignmentId", GUID],
  "eventgrid:Topic": ["topicName", /^[A-Za-z0-9-]{3,50}$/],
  "eventhub:ConsumerGroup": ["consumerGroupName", /^[A-Za-z0-9](?:[\w.-]{0,48}[A-Za-z0-9])?$/],
  "eventhub:EventHub": ["eventHubName", /^[A-Za-z0-9](?:[\w.-]{0,254}[A-Za-z0-9])?$/],
  "eventhub:Namespace": ["namespaceName", /^[A-Za-z](?!.*--)[A-Za-z0-9-]{4,48}[A-Za-z0-9]$/],
  "keyvault:Vault": ["vaultName", /^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$/],
  "machinelearningservices:EnvironmentContainer": ["name", ASSET],
  "machinelearningservices:EnvironmentVersion": ["version", ASSET],
  "machinelearningservices:OnlineDeployment": ["deploymentName", ML],
  "machinelearningservices:OnlineEndpoint": ["endpointName", ML],
  "machinelearningservices:Workspace": ["workspaceName", /^[A-Za-z0-9][\w-]{2,32}$/],
  "managedidentity:UserAssignedIdentity": ["resourceName", /^[A-Za-z0-9][\w-]{2,127}$/],
  "monitor:ActionGroup": ["actionGroupName", /^[^:<>+/&%\\?|]{1,259}[^:<>+/&%\\?| .]$/],
  "monitor:MetricAlert": ["ruleName", /^[^*#&+:<>?@%{}\\/|]{1,259}[^*#&+:<>?@%{}\\/| .]$/],
  "monitor:ScheduledQueryRule": ["ruleName", /^[^*<>%{}&:\\?/#|]{1,259}[^*<>%{}&:\\?/#| .]$/],
  "network:Subnet": ["subnetName", /^[A-Za-z0-9](?:[\w.-]{0,78}\w)?$/],
  "network:VirtualNetwork": ["virtualNetworkName", /^[A-Za-z0-9][\w.-]{0,62}\w$/],
  "operationalinsights:Workspace": ["workspaceName", /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/],
  "privatedns:PrivateZone": ["privateZoneName", DOMAIN],
  "privatedns:VirtualNetworkLink": ["virtualNetworkLinkName", /^[A-Za-z0-9](?:[\w.-]{0,78}\w)?$/],
  "resources:ResourceGroup": ["resourceGroupName", /^[\w().-]{0,89}[\w()-]$/],
  "storage:BlobContainer": ["containerName", CONTAINER],
  "storage:BlobServiceProperties": ["blobServicesName", /^default$/],
  "storage:ManagementPolicy": ["managementPolicyName", /^default$/],
  "storage:Queue": ["queueName", CONTAINER],
  "storage:StorageAccount": ["accountName", /^[a-z0-9]{3,24}$/],
  "web:AppServicePlan": ["name", /^[\w-]{1,60}$/],
  "web:WebApp": ["name", /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,58}[A-Za-z0-9])$/],
};

export function checkName(type: string, inputs: Properties): Failure | undefined {
  const [property, pattern] = NAMES[type.replace("azure-native:", "")] ?? [];
  return property === undefined || pattern === undefined ? undefined : matches(inputs[property], property, pattern);
}
