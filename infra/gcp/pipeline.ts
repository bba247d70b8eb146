import type { ServiceIdentity } from "@pulumi/gcp/projects";
import type { Account } from "@pulumi/gcp/serviceaccount";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { Pipeline } from "../../shared/pipeline";
import type { GcpConfig } from "../config/gcp";
import { nameOf, type StackName } from "../naming";
import type { PendingOutputs } from "../outputs";
import { type GcpSizing, sizeGcp } from "../sizing";
import { account, lend, pubsubIdentity } from "./accounts";
import { actions } from "./actions";
import { archive, type Exporter } from "./archive";
import type { Build } from "./build";
import { deadLetters, mayMoveFrom } from "./deadletter";
import { environmentOf } from "./environment";
import { type ModelEndpoint, modelService } from "./infer";
import { ingest } from "./ingest";
import { COST_LABEL, observe } from "./observe";
import { push, worker } from "./preprocess";
import type { GcpTransforms } from "./resources";
import { results } from "./results";
import { functionRights } from "./rights";
import { openScope, type Scope, scopeAfter } from "./scope";
import { services } from "./services";
import { store } from "./store";
import { vertexEndpoint } from "./vertex";

export interface GcpPipelineArgs {
  name: StackName;
  project: string;
  region: string;
  config: GcpConfig;
  pipeline: Pick<Pipeline, "name" | "actions">;
  build: Build;
  /** Changes to any inner resource, by its name in `GcpResources`. */
  transform?: GcpTransforms | undefined;
}

/** One pipeline with everything it needs: topics, function, model, database, tables, buckets, rights, alarms. */
export class GcpPipeline extends ComponentResource {
  readonly outputs: PendingOutputs;

  constructor(logicalName: string, args: GcpPipelineArgs, options?: ComponentResourceOptions) {
    super("sluice:gcp:Pipeline", logicalName, {}, options);
    const scope = this.scope(args);
    this.outputs = resources(scopeAfter(scope, services(scope, args.config)), args);
    this.registerOutputs(this.outputs);
  }

  private scope({ name, project, region, config, pipeline, transform = {} }: GcpPipelineArgs): Scope {
    return openScope({
      name,
      parent: this,
      project,
      region,
      labels: { ...config.tags, [COST_LABEL]: nameOf("logical", name, "pipeline"), "sluice-pipeline": pipeline.name },
      protect: config.protect,
      transform,
    });
  }
}

function resources(scope: Scope, { config, pipeline, build, region }: GcpPipelineArgs): PendingOutputs {
  const sizing = sizeGcp(config);
  const identity = pubsubIdentity(scope);
  const runner = account(scope, "function");
  const topic = ingest(scope, config);
  const dead = deadLetters(scope, identity);
  const { database, collection } = store(scope, config);
  const exporter = config.archive || config.bigquery ? exporterOf(scope, identity) : undefined;
  const archived = exporter && config.archive ? archive(scope, config, topic, exporter) : undefined;
  const rows = exporter && config.bigquery ? results(scope, config, identity, exporter) : undefined;
  const acted = pipeline.actions.length > 0 ? actions(scope) : undefined;
  const endpoint = endpointOf(scope, config, sizing, runner);
  const reach = { database, deadTopic: dead.topic, resultsTopic: rows?.topic, actionsTopic: acted };
  const running = worker(scope, config, sizing, {
    build,
    account: runner,
    builder: account(scope, "build"),
    environment: environmentOf(config, {
      collection,
      deadTopic: dead.topic.id,
      resultsTopic: rows?.topic.id,
      actionsTopic: acted?.id,
      endpoint,
    }),
    rights: [...functionRights(scope, runner, reach), ...(endpoint ? [endpoint.grant] : [])],
  });
  const caller = account(scope, "push");
  const pushed = push(scope, config, sizing, {
    topic,
    worker: running,
    account: caller,
    token: lend(scope, "push", caller, identity),
    deadTopic: dead.topic,
    deadTopicGrant: dead.grant,
  });
  mayMoveFrom(scope, "pushMoveGrant", pushed.name, identity);
  const dashboard = observe(scope, config, {
    database: database.name,
    watched: {
      function: running.function.name,
      push: pushed.name,
      hold: dead.hold.name,
      archive: archived?.subscription.name,
      results: rows?.subscription.name,
      rejected: rows?.rejected.name,
      endpoint,
    },
  });
  return {
    cloud: "gcp",
    region,
    pipeline: pipeline.name,
    ingest: topic.id,
    store: collection,
    deadLetters: dead.hold.id,
    archive: archived?.bucket.name ?? "",
    actions: acted?.id ?? "",
    inference: endpoint?.url ?? "in-process",
    function: running.function.name,
    dashboard,
  };
}

function exporterOf(scope: Scope, identity: ServiceIdentity): Exporter {
  const writer = account(scope, "export");
  return { account: writer, token: lend(scope, "export", writer, identity) };
}

function endpointOf(scope: Scope, config: GcpConfig, { model }: GcpSizing, caller: Account): ModelEndpoint | undefined {
  if (!model) return undefined;
  // A configuration with an endpoint and without an image has not come so far.
  const parts = { image: config.modelImage!, caller };
  return model.type === "vertex" ? vertexEndpoint(scope, model, parts) : modelService(scope, config, model, parts);
}
