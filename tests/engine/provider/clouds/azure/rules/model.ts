import type { Failure } from "../../../check";
import { isObject, type Properties, UNKNOWN } from "../../../values";
import { at, between, failIf, matches, oneOf, type Rule } from "../../rule";

/** An OCI image that is named with where it is, and with a tag or a digest. */
const IMAGE = /^[a-z0-9.-]+\.[a-z]{2,}(?::\d+)?\/[\w./-]+(?::[\w.-]{1,128}|@sha256:[0-9a-f]{64})?$/;
const SECONDS = /^PT(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/;

export const MODEL: Readonly<Record<string, Rule>> = {
  "azure-native:app:ManagedEnvironment": (inputs) => [
    failIf(
      inputs["zoneRedundant"] === true && at(inputs, "vnetConfiguration.infrastructureSubnetId") === undefined,
      "zoneRedundant",
      "an environment in several zones needs a subnet of one's own",
    ),
    failIf(
      at(inputs, "vnetConfiguration.internal") === true &&
        at(inputs, "vnetConfiguration.infrastructureSubnetId") === undefined,
      "vnetConfiguration.internal",
      "ManagedEnvironmentInvalidNetworkConfiguration: an internal environment needs infrastructureSubnetId",
    ),
    oneOf(at(inputs, "appLogsConfiguration.destination"), "appLogsConfiguration.destination", [
      ...["azure-monitor", "log-analytics", "none"],
    ]),
  ],
  "azure-native:app:ContainerApp": (inputs) => [
    ...replicas(at(inputs, "template.scale")),
    ...containers(at(inputs, "template.containers")),
    between(at(inputs, "configuration.ingress.targetPort"), "configuration.ingress.targetPort", 1, 65_535),
    oneOf(at(inputs, "configuration.ingress.transport"), "configuration.ingress.transport", [
      ...["auto", "http", "http2", "tcp"],
    ]),
    oneOf(at(inputs, "configuration.activeRevisionsMode"), "configuration.activeRevisionsMode", [
      ...["Labels", "Multiple", "Single"],
    ]),
  ],
  "azure-native:machinelearningservices:EnvironmentVersion": (inputs) => [
    matches(at(inputs, "properties.image"), "properties.image", IMAGE),
    oneOf(at(inputs, "properties.osType"), "properties.osType", ["Linux", "Windows"]),
  ],
  "azure-native:machinelearningservices:OnlineEndpoint": (inputs) => [
    oneOf(at(inputs, "properties.authMode"), "properties.authMode", ["AADToken", "AMLToken", "Key"]),
    failIf(
      isObject(at(inputs, "properties.traffic")),
      "properties.traffic",
      "traffic names a deployment that is not there yet",
    ),
    failIf(inputs["identity"] === undefined, "identity", "an online endpoint needs an identity"),
  ],
  "azure-native:machinelearningservices:OnlineDeployment": (inputs) => [
    failIf(
      !(Number(at(inputs, "sku.capacity") ?? 1) >= 1) && at(inputs, "sku.capacity") !== UNKNOWN,
      "sku.capacity",
      "a managed deployment has one instance at least",
    ),
    matches(at(inputs, "properties.instanceType"), "properties.instanceType", /^Standard_\w+$/),
    oneOf(at(inputs, "properties.scaleSettings.scaleType"), "properties.scaleSettings.scaleType", ["Default"]),
    timeout(at(inputs, "properties.requestSettings.requestTimeout")),
  ],
};

function replicas(scale: unknown): (Failure | undefined)[] {
  const least = at(scale, "minReplicas");
  const most = at(scale, "maxReplicas");
  return [
    between(least, "template.scale.minReplicas", 0, 1000),
    between(most, "template.scale.maxReplicas", 1, 1000),
    failIf(
      typeof least === "number" && typeof most === "number" && least > most,
      "template.scale.minReplicas",
      "ContainerAppInvalidScaleSpec: minReplicas is above maxReplicas",
    ),
  ];
}

function containers(given: unknown): (Failure | undefined)[] {
  if (!Array.isArray(given)) return [];
  return given.flatMap((container: Properties, i) => [
    matches(container["image"], `template.containers[${i}].image`, IMAGE),
    size(container["resources"], `template.containers[${i}].resources`),
    ...probes(container["probes"], `template.containers[${i}].probes`),
  ]);
}

/** https://learn.microsoft.com/azure/container-apps/containers#allocations: quarters of a CPU, with twice as many Gi. */
function size(resources: unknown, path: string): Failure | undefined {
  const cpu = at(resources, "cpu");
  if (typeof cpu !== "number") return undefined;
  const memory = at(resources, "memory");
  const isPair =
    cpu >= 0.25 &&
    cpu <= 4 &&
    cpu % 0.25 === 0 &&
    (memory === UNKNOWN || Number.parseFloat(String(memory)) === cpu * 2);
  return failIf(
    !isPair,
    path,
    `ContainerAppInvalidResourceTotal: ${cpu} CPU and ${String(memory)} are not one of the allowed pairs`,
  );
}

/** https://learn.microsoft.com/azure/container-apps/health-probes */
function probes(given: unknown, path: string): (Failure | undefined)[] {
  if (!Array.isArray(given)) return [];
  return given.flatMap((probe: Properties, i) => [
    oneOf(probe["type"], `${path}[${i}].type`, ["Liveness", "Readiness", "Startup"]),
    between(probe["failureThreshold"], `${path}[${i}].failureThreshold`, 1, 30),
    between(probe["initialDelaySeconds"], `${path}[${i}].initialDelaySeconds`, 0, 60),
    between(probe["periodSeconds"], `${path}[${i}].periodSeconds`, 1, 240),
    between(probe["timeoutSeconds"], `${path}[${i}].timeoutSeconds`, 1, 240),
  ]);
}

/** https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online: 180 s at most. */
function timeout(value: unknown): Failure | undefined {
  const path = "properties.requestSettings.requestTimeout";
  const [, minutes, seconds] = SECONDS.exec(String(value)) ?? [];
  if (minutes === undefined && seconds === undefined) return matches(value, path, SECONDS);
  return between(Number(minutes ?? 0) * 60 + Number(seconds ?? 0), path, 1, 180);
}
