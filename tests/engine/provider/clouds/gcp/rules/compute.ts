import type { Failure } from "../../../check";
import { isObject, type Properties } from "../../../values";
import { at, between, failIf, matches, oneOf, type Rule } from "../../rule";
import { seconds } from "./seconds";

/** Runtimes that one can still create with; nodejs20 ended on 2026-10-30. */
const RUNTIMES = ["nodejs22", "nodejs24"];
const SERVICE_NAME = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Cloud Run's limit is lower than that of Cloud Functions, and a function is a service of Cloud Run. */
const LONGEST_SERVICE_NAME = 49;
const EMAIL = /^[^@/]+@[^@/]+$/;

export const COMPUTE: Readonly<Record<string, Rule>> = {
  "gcp:artifactregistry/repository:Repository": (inputs) => [
    matches(inputs["repositoryId"], "repositoryId", /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
    oneOf(inputs["format"], "format", ["APT", "DOCKER", "GENERIC", "GO", "KFP", "MAVEN", "NPM", "PYTHON", "YUM"]),
  ],
  "gcp:cloudfunctionsv2/function:Function": (inputs) => [
    ...serviceName(inputs),
    oneOf(at(inputs, "buildConfig.runtime"), "buildConfig.runtime", RUNTIMES),
    matches(
      at(inputs, "buildConfig.serviceAccount"),
      "buildConfig.serviceAccount",
      /^projects\/[^/]+\/serviceAccounts\/[^/]+$/,
    ),
    matches(
      at(inputs, "buildConfig.dockerRepository"),
      "buildConfig.dockerRepository",
      /^projects\/[^/]+\/locations\/[^/]+\/repositories\/[^/]+$/,
    ),
    matches(at(inputs, "serviceConfig.serviceAccountEmail"), "serviceConfig.serviceAccountEmail", EMAIL),
    matches(at(inputs, "serviceConfig.availableMemory"), "serviceConfig.availableMemory", /^\d+(?:Ki|Mi|Gi|k|M|G)?$/),
    oneOf(at(inputs, "serviceConfig.ingressSettings"), "serviceConfig.ingressSettings", [
      ...["ALLOW_ALL", "ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"],
    ]),
    between(at(inputs, "serviceConfig.timeoutSeconds"), "serviceConfig.timeoutSeconds", 1, 3600),
    between(
      at(inputs, "serviceConfig.maxInstanceRequestConcurrency"),
      "serviceConfig.maxInstanceRequestConcurrency",
      ...([1, 1000] as const),
    ),
    concurrency(inputs, "serviceConfig.maxInstanceRequestConcurrency", at(inputs, "serviceConfig.availableCpu")),
    ...instances(inputs, "serviceConfig"),
    ...reservedVariables(at(inputs, "serviceConfig.environmentVariables")),
  ],
  "gcp:cloudrunv2/service:Service": (inputs) => [
    ...serviceName(inputs),
    matches(at(inputs, "template.serviceAccount"), "template.serviceAccount", EMAIL),
    oneOf(inputs["ingress"], "ingress", [
      ...["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_INTERNAL_ONLY"],
    ]),
    seconds(inputs, "template.timeout", 1, 3600),
    concurrency(
      inputs,
      "template.maxInstanceRequestConcurrency",
      at(inputs, "template.containers[0].resources.limits.cpu"),
    ),
    ...instances(inputs, "template.scaling"),
    startupTime(at(inputs, "template.containers[0].startupProbe")),
  ],
  "gcp:vertex/aiEndpoint:AiEndpoint": (inputs) => [matches(inputs["name"], "name", /^[1-9]\d{0,9}$/)],
};

function serviceName(inputs: Properties): (Failure | undefined)[] {
  const { name } = inputs;
  return [
    matches(name, "name", SERVICE_NAME),
    failIf(
      typeof name === "string" && name.length > LONGEST_SERVICE_NAME,
      "name",
      `name may have ${LONGEST_SERVICE_NAME} characters`,
    ),
  ];
}

/** https://cloud.google.com/run/docs/configuring/services/cpu: with less than one CPU, one request at a time. */
function concurrency(inputs: Properties, property: string, cpu: unknown): Failure | undefined {
  const share = /^(\d*\.?\d+)(m?)$/.exec(String(cpu));
  if (!share || Number(share[1]) >= (share[2] === "m" ? 1000 : 1)) return undefined;
  const wanted = at(inputs, property);
  return failIf(
    typeof wanted === "number" && wanted > 1,
    property,
    `Invalid value specified for concurrency. When CPU < 1 then concurrency must be 1, got ${String(wanted)}`,
  );
}

function instances(inputs: Properties, path: string): (Failure | undefined)[] {
  const least = at(inputs, `${path}.minInstanceCount`);
  const most = at(inputs, `${path}.maxInstanceCount`);
  const isCrossed = typeof least === "number" && typeof most === "number" && least > most;
  return [failIf(isCrossed, `${path}.minInstanceCount`, "min_instance_count must not be above max_instance_count")];
}

/** https://cloud.google.com/run/docs/configuring/services/environment-variables */
function reservedVariables(variables: unknown): (Failure | undefined)[] {
  if (!isObject(variables)) return [];
  return Object.keys(variables).map((name) =>
    failIf(
      /^(?:PORT|K_\w+|X_GOOGLE_\w*)$/.test(name),
      `serviceConfig.environmentVariables.${name}`,
      `${name} is a reserved environment name`,
    ),
  );
}

/** https://cloud.google.com/run/docs/configuring/healthchecks */
function startupTime(probe: unknown): Failure | undefined {
  if (!isObject(probe)) return undefined;
  const most = Number(probe["periodSeconds"] ?? 10) * Number(probe["failureThreshold"] ?? 3);
  return failIf(most > 240, "template.containers[0].startupProbe", `a container starts within 240 s, and not ${most}`);
}
