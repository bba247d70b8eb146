import type { Failure } from "../../../check";
import { isObject, type Properties } from "../../../values";
import { at, between, failIf, matches, oneOf, type Rule } from "../../rule";

const CONFIG = "functionAppConfig";
const SCALE = `${CONFIG}.scaleAndConcurrency`;
const STORAGE = `${CONFIG}.deployment.storage`;
/** https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#instance-sizes */
const MEMORY_MB = [512, 2048, 4096];
/** ARM takes another version too; then the app never starts: https://github.com/Azure/Azure-Functions/issues/2666 */
const NODE = ["20", "22", "24"];

/** https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations */
const NO_SITE_CONFIG = [
  ...["alwaysOn", "ftpsState", "functionAppScaleLimit", "functionsRuntimeScaleMonitoringEnabled", "linuxFxVersion"],
  ...["minimumElasticInstanceCount", "netFrameworkVersion", "nodeVersion", "preWarmedInstanceCount"],
  ...["use32BitWorkerProcess", "windowsFxVersion"],
];
const NO_SETTING =
  /^(?:ENABLE_ORYX_BUILD|FUNCTIONS_EXTENSION_VERSION|FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_WORKER_RUNTIME_VERSION|FUNCTIONS_MAX_HTTP_CONCURRENCY|FUNCTIONS_WORKER_PROCESS_COUNT|FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED|SCM_DO_BUILD_DURING_DEPLOYMENT|WEBSITE_CONTENT\w*|WEBSITE_DNS_SERVER|WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT|WEBSITE_NODE_DEFAULT_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_SKIP_CONTENTSHARE_VALIDATION|WEBSITE_VNET_ROUTE_ALL)$/;

export const FLEX: Readonly<Record<string, Rule>> = {
  "azure-native:web:AppServicePlan": (inputs) => {
    if (at(inputs, "sku.name") !== "FC1") return [];
    return [
      oneOf(at(inputs, "sku.tier"), "sku.tier", ["FlexConsumption"]),
      failIf(inputs["reserved"] !== true, "reserved", "Flex Consumption runs on Linux: reserved must be true"),
    ];
  },
  // Every app of ours is on a Flex plan.
  "azure-native:web:WebApp": (inputs) => [
    matches(inputs["kind"], "kind", /^functionapp,linux$/),
    failIf(!isObject(inputs[CONFIG]), CONFIG, "Site.FunctionAppConfig is required for Flex Consumption sites"),
    ...siteConfig(inputs["siteConfig"]),
    oneOf(at(inputs, `${CONFIG}.runtime.name`), `${CONFIG}.runtime.name`, ["node"]),
    oneOf(at(inputs, `${CONFIG}.runtime.version`), `${CONFIG}.runtime.version`, NODE),
    oneOf(at(inputs, `${STORAGE}.type`), `${STORAGE}.type`, ["blobContainer"]),
    matches(
      at(inputs, `${STORAGE}.value`),
      `${STORAGE}.value`,
      /^https:\/\/[a-z0-9]{3,24}\.blob\.core\.windows\.net\/[a-z0-9-]+$/,
    ),
    oneOf(at(inputs, `${STORAGE}.authentication.type`), `${STORAGE}.authentication.type`, [
      ...["StorageAccountConnectionString", "SystemAssignedIdentity", "UserAssignedIdentity"],
    ]),
    oneOf(at(inputs, `${SCALE}.instanceMemoryMB`), `${SCALE}.instanceMemoryMB`, MEMORY_MB),
    between(at(inputs, `${SCALE}.maximumInstanceCount`), `${SCALE}.maximumInstanceCount`, 1, 1000),
    ...alwaysReady(at(inputs, SCALE)),
  ],
  "azure-native:web:WebAppApplicationSettings": (inputs) => settings(inputs["properties"], "properties"),
};

/** Of an app's setting that has no place on Flex Consumption. */
function settings(given: unknown, path: string): (Failure | undefined)[] {
  if (!isObject(given)) return [];
  return Object.keys(given).flatMap((name) => [
    failIf(NO_SETTING.test(name), `${path}.${name}`, `The app setting ${name} is invalid for Flex Consumption sites`),
    matches(name, `${path}.${name}`, /^[A-Za-z_][\w.]*$/),
  ]);
}

/** The SDK adds `netFrameworkVersion` to any site's configuration: https://github.com/pulumi/pulumi-azure-native/issues/4168 */
function siteConfig(given: unknown): (Failure | undefined)[] {
  if (!isObject(given)) return [];
  const list = given["appSettings"];
  const named = Array.isArray(list) ? list.map((item) => [String(at(item, "name")), ""]) : [];
  return [
    ...NO_SITE_CONFIG.map((name) =>
      failIf(
        given[name] !== undefined,
        `siteConfig.${name}`,
        `51021: Site.SiteConfig.${name} is invalid for Flex Consumption sites`,
      ),
    ),
    ...settings(Object.fromEntries(named), "siteConfig.appSettings"),
  ];
}

function alwaysReady(scale: unknown): (Failure | undefined)[] {
  if (!isObject(scale)) return [];
  const groups = (Array.isArray(scale["alwaysReady"]) ? scale["alwaysReady"] : []) as Properties[];
  const ready = groups.reduce((sum, { instanceCount }) => sum + Number(instanceCount ?? 0), 0);
  return [
    failIf(
      ready > Number(scale["maximumInstanceCount"]),
      `${SCALE}.alwaysReady`,
      `${ready} instances that are always ready are more than maximumInstanceCount`,
    ),
    ...groups.map(({ name }, i) =>
      matches(name, `${SCALE}.alwaysReady[${i}].name`, /^(?:http|blob|durable|function:[A-Za-z][\w-]*)$/),
    ),
  ];
}
