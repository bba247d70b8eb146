import type * as app from "@pulumi/azure-native/app";
import type * as applicationinsights from "@pulumi/azure-native/applicationinsights";
import type * as authorization from "@pulumi/azure-native/authorization";
import type * as consumption from "@pulumi/azure-native/consumption";
import type * as cosmosdb from "@pulumi/azure-native/cosmosdb";
import type * as eventgrid from "@pulumi/azure-native/eventgrid";
import type * as eventhub from "@pulumi/azure-native/eventhub";
import type * as keyvault from "@pulumi/azure-native/keyvault";
import type * as ml from "@pulumi/azure-native/machinelearningservices";
import type * as managedidentity from "@pulumi/azure-native/managedidentity";
import type * as monitor from "@pulumi/azure-native/monitor";
import type * as network from "@pulumi/azure-native/network";
import type * as operationalinsights from "@pulumi/azure-native/operationalinsights";
import type * as privatedns from "@pulumi/azure-native/privatedns";
import type * as resources from "@pulumi/azure-native/resources";
import type * as storage from "@pulumi/azure-native/storage";
import type * as web from "@pulumi/azure-native/web";
import type { Transforms } from "../scope";
import type { CodeArgs } from "./code/code";

/** Every resource of an Azure pipeline, by the name that a transform uses, with its arguments. */
export interface AzureResources {
  group: resources.ResourceGroupArgs;
  functionIdentity: managedidentity.UserAssignedIdentityArgs;

  namespace: eventhub.NamespaceArgs;
  hub: eventhub.EventHubArgs;
  consumerGroup: eventhub.ConsumerGroupArgs;
  hubGrant: authorization.RoleAssignmentArgs;

  /** What the function's host keeps: code, locks, positions. */
  hostAccount: storage.StorageAccountArgs;
  codeContainer: storage.BlobContainerArgs;
  hostBlobGrant: authorization.RoleAssignmentArgs;
  hostTableGrant: authorization.RoleAssignmentArgs;

  /** Archive, dead letters, results. */
  dataAccount: storage.StorageAccountArgs;
  dataBlobs: storage.BlobServicePropertiesArgs;
  lifecycle: storage.ManagementPolicyArgs;
  archive: storage.BlobContainerArgs;
  deadLetters: storage.BlobContainerArgs;
  results: storage.BlobContainerArgs;
  deadQueue: storage.QueueArgs;
  deadLettersGrant: authorization.RoleAssignmentArgs;
  deadQueueGrant: authorization.RoleAssignmentArgs;
  /** With `archive`, unless Capture writes it. */
  archiveGrant: authorization.RoleAssignmentArgs;
  /** With `ndjson`. */
  resultsGrant: authorization.RoleAssignmentArgs;
  captureIdentity: managedidentity.UserAssignedIdentityArgs;
  /** With `archiveBy: capture`. */
  captureGrant: authorization.RoleAssignmentArgs;

  cosmosAccount: cosmosdb.DatabaseAccountArgs;
  database: cosmosdb.SqlResourceSqlDatabaseArgs;
  container: cosmosdb.SqlResourceSqlContainerArgs;
  storeGrant: cosmosdb.SqlResourceSqlRoleAssignmentArgs;
  /** With `deletionProtection`. */
  storeLock: authorization.ManagementLockByScopeArgs;

  /** With actions in the pipeline. */
  actionsTopic: eventgrid.TopicArgs;
  actionsGrant: authorization.RoleAssignmentArgs;

  /** With `inference: endpoint`. */
  modelIdentity: managedidentity.UserAssignedIdentityArgs;
  modelPullGrant: authorization.RoleAssignmentArgs;
  /** On Container Apps. */
  network: network.VirtualNetworkArgs;
  functionSubnet: network.SubnetArgs;
  modelSubnet: network.SubnetArgs;
  modelEnvironment: app.ManagedEnvironmentArgs;
  modelService: app.ContainerAppArgs;
  modelZone: privatedns.PrivateZoneArgs;
  modelZoneLink: privatedns.VirtualNetworkLinkArgs;
  modelRecord: privatedns.PrivateRecordSetArgs;
  /** On Azure ML. */
  workspaceAccount: storage.StorageAccountArgs;
  workspaceAccountGrant: authorization.RoleAssignmentArgs;
  workspaceVault: keyvault.VaultArgs;
  workspace: ml.WorkspaceArgs;
  modelImage: ml.EnvironmentContainerArgs;
  modelImageVersion: ml.EnvironmentVersionArgs;
  endpoint: ml.OnlineEndpointArgs;
  deployment: ml.OnlineDeploymentArgs;
  deploymentScaling: monitor.AutoscaleSettingArgs;
  scoreRole: authorization.RoleDefinitionArgs;
  endpointGrant: authorization.RoleAssignmentArgs;

  plan: web.AppServicePlanArgs;
  function: web.WebAppArgs;
  settings: web.WebAppApplicationSettingsArgs;
  ftpPolicy: web.WebAppFtpAllowedArgs;
  scmPolicy: web.WebAppScmAllowedArgs;
  code: CodeArgs;

  logs: operationalinsights.WorkspaceArgs;
  insights: applicationinsights.ComponentArgs;
  insightsGrant: authorization.RoleAssignmentArgs;
  /** With `alarmEmail`. */
  alarmEmail: monitor.ActionGroupArgs;
  /** Every alarm on a metric; a function can tell them apart by name. */
  metricAlarm: monitor.MetricAlertArgs;
  /** Every alarm on the log; a function can tell them apart by name. */
  logAlarm: monitor.ScheduledQueryRuleArgs;
  /** What each service logs; a function can tell them apart by name. */
  diagnostics: monitor.DiagnosticSettingArgs;
  dashboard: applicationinsights.WorkbookArgs;
  /** With `monthlyBudgetUsd`. */
  budget: consumption.BudgetArgs;
}

export type AzureTransforms = Transforms<AzureResources>;
