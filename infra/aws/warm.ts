import { Policy, Target } from "@pulumi/aws/appautoscaling";
import { ProvisionedConcurrencyConfig } from "@pulumi/aws/lambda";
import type { Endpoint } from "@pulumi/aws/sagemaker";
import { interpolate } from "@pulumi/pulumi";
import type { Scale } from "../config/values";
import type { Worker } from "./preprocess";
import type { Scope } from "./scope";
import { VARIANT } from "./variant";

/** The share of warm instances in use that scaling aims at. */
const UTILIZATION = 0.7;

/** Functions that wait for work instead of starting with it. */
export function warmFunction(scope: Scope, worker: Worker, warm: Scale): void {
  const scales = warm.max > warm.min;
  const provisioned = new ProvisionedConcurrencyConfig(
    ...scope.inner(
      "provisionedConcurrency",
      {
        functionName: worker.function.name,
        qualifier: worker.alias.name,
        provisionedConcurrentExecutions: warm.min,
      },
      // Otherwise each deployment would undo what scaling has done.
      scales ? { ignoreChanges: ["provisionedConcurrentExecutions"] } : {},
    ),
  );
  if (!scales) return;
  const target = new Target(
    ...scope.inner(
      "functionScalingTarget",
      {
        serviceNamespace: "lambda",
        scalableDimension: "lambda:function:ProvisionedConcurrency",
        resourceId: interpolate`function:${worker.function.name}:${worker.alias.name}`,
        minCapacity: warm.min,
        maxCapacity: warm.max,
        tags: scope.tags,
      },
      { dependsOn: [provisioned] },
    ),
  );
  track(scope, "functionScalingPolicy", target, "LambdaProvisionedConcurrencyUtilization");
}

/** Scales the requests that the endpoint is kept warm for; their first number is in its configuration. */
export function warmEndpoint(scope: Scope, endpoint: Endpoint, warm: Scale): void {
  if (warm.max === warm.min) return;
  const target = new Target(
    ...scope.inner("endpointScalingTarget", {
      serviceNamespace: "sagemaker",
      scalableDimension: "sagemaker:variant:DesiredProvisionedConcurrency",
      resourceId: interpolate`endpoint/${endpoint.name}/variant/${VARIANT}`,
      minCapacity: warm.min,
      maxCapacity: warm.max,
      tags: scope.tags,
    }),
  );
  track(scope, "endpointScalingPolicy", target, "SageMakerVariantProvisionedConcurrencyUtilization");
}

function track(
  scope: Scope,
  key: "functionScalingPolicy" | "endpointScalingPolicy",
  { serviceNamespace, scalableDimension, resourceId }: Target,
  predefinedMetricType: string,
): void {
  new Policy(
    ...scope.inner(key, {
      policyType: "TargetTrackingScaling",
      serviceNamespace,
      scalableDimension,
      resourceId,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: UTILIZATION,
        predefinedMetricSpecification: { predefinedMetricType },
        scaleInCooldown: 300,
        scaleOutCooldown: 30,
      },
    }),
  );
}
