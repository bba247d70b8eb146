import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import type { Endpoint } from "@pulumi/aws/sagemaker";
import { ComponentResource, type ComponentResourceOptions, interpolate } from "@pulumi/pulumi";
import type { Pipeline } from "../../shared/pipeline";
import type { AwsConfig } from "../config/aws";
import type { StackName } from "../naming";
import type { PendingOutputs } from "../outputs";
import { type AwsSizing, sizeAws } from "../sizing";
import { actions, notifyOfActions } from "./actions";
import { archive } from "./archive";
import { bucket } from "./bucket";
import type { Build } from "./build";
import { deadLetterNotice } from "./deadletter";
import { environmentOf } from "./environment";
import { type EndpointParts, inferenceEndpoint } from "./infer";
import { ingest } from "./ingest";
import { dataKey } from "./key";
import { alarmTopic } from "./notify";
import { COST_TAG, observe } from "./observe";
import { trigger, worker } from "./preprocess";
import { partitionOf } from "./regions";
import type { AwsTransforms } from "./resources";
import { functionRights } from "./rights";
import { openScope, type Scope } from "./scope";
import { store } from "./store";
import { warmEndpoint, warmFunction } from "./warm";

export interface AwsPipelineArgs {
  name: StackName;
  region: string;
  config: AwsConfig;
  pipeline: Pick<Pipeline, "name" | "actions">;
  build: Build;
  /** Changes to any inner resource, by its name in `AwsResources`. */
  transform?: AwsTransforms | undefined;
}

/** One pipeline with everything it needs: stream, function, model, table, bucket, rights, alarms. */
export class AwsPipeline extends ComponentResource {
  readonly outputs: PendingOutputs;

  constructor(logicalName: string, args: AwsPipelineArgs, options?: ComponentResourceOptions) {
    super("sluice:aws:Pipeline", logicalName, {}, options);
    this.outputs = resources(this.scope(args), args);
    this.registerOutputs(this.outputs);
  }

  private scope({ name, region, config, pipeline, transform = {} }: AwsPipelineArgs): Scope {
    return openScope({
      name,
      parent: this,
      account: getCallerIdentityOutput({}, { parent: this }).accountId,
      region,
      partition: partitionOf(region).id,
      tags: { ...config.tags, [COST_TAG]: `${name.project}/${name.stack}`, "sluice-pipeline": pipeline.name },
      protect: config.protect,
      transform,
    });
  }
}

function resources(scope: Scope, { config, pipeline, build, region }: AwsPipelineArgs): PendingOutputs {
  const sizing = sizeAws(config);
  const key = dataKey(scope);
  const stream = ingest(scope, config, sizing, key);
  const objects = bucket(scope, config, key);
  const table = store(scope, config, key);
  const queue = deadLetterNotice(scope, objects);
  const topic = alarmTopic(scope, key, config.alarmEmail);
  const archived = config.archive ? archive(scope, config, { stream, bucket: objects, key }) : undefined;
  const bus = pipeline.actions.length > 0 ? actions(scope) : undefined;
  if (bus && config.notifyActions) notifyOfActions(scope, bus, topic, queue);
  const endpoint = endpointOf(scope, config, sizing, build, { bucket: objects, key });
  const running = worker(scope, config, sizing, {
    directory: build.directory,
    key,
    environment: environmentOf(config, {
      table: table.name,
      bucket: objects.bucket,
      bus: bus?.name,
      endpoint: endpoint?.name,
    }),
    rights: (logs) =>
      functionRights({
        stream: stream.arn,
        table: table.arn,
        bucket: objects.arn,
        key: key.arn,
        logs,
        bus: bus?.arn,
        endpoint: endpoint?.arn,
        writesNdjson: config.ndjson,
        traces: config.tracing,
      }),
  });
  if (config.provisionedConcurrency) warmFunction(scope, running, config.provisionedConcurrency);
  const mapping = trigger(scope, config, sizing, { stream, bucket: objects, worker: running });
  const dashboard = observe(scope, {
    pipeline: pipeline.name,
    topic: topic.arn,
    console: partitionOf(region).console,
    monthlyBudgetUsd: config.monthlyBudgetUsd,
    watched: {
      function: running.function.name,
      warm: config.provisionedConcurrency && interpolate`${running.function.name}:${running.alias.name}`,
      mapping: mapping.uuid,
      stream: stream.name,
      table: table.name,
      queue: queue.name,
      archive: archived?.name,
      endpoint: endpoint?.name,
    },
  });
  return {
    cloud: "aws",
    region,
    pipeline: pipeline.name,
    ingest: stream.name,
    store: table.name,
    deadLetters: objects.bucket,
    archive: archived ? objects.bucket : "",
    actions: bus?.name ?? "",
    inference: endpoint?.name ?? "in-process",
    function: running.function.name,
    dashboard,
  };
}

function endpointOf(
  scope: Scope,
  { modelImage }: AwsConfig,
  { endpoint: sizing }: AwsSizing,
  { model }: Build,
  parts: Pick<EndpointParts, "bucket" | "key">,
): Endpoint | undefined {
  if (!sizing) return undefined;
  // A configuration with an endpoint and without an image has not come so far, and its build holds the model.
  const endpoint = inferenceEndpoint(scope, sizing, { ...parts, image: modelImage!, model: model! });
  if (sizing.provisioned) warmEndpoint(scope, endpoint, sizing.provisioned);
  return endpoint;
}
