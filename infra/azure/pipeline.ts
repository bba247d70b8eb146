import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import { ResourceGroup } from "@pulumi/azure-native/resources";
import { ComponentResource, type ComponentResourceOptions, interpolate } from "@pulumi/pulumi";
import type { Pipeline } from "../../shared/pipeline";
import type { AzureConfig } from "../config/azure";
import type { StackName } from "../naming";
import type { PendingOutputs } from "../outputs";
import { type AzureSizing, sizeAzure } from "../sizing";
import { actions } from "./actions";
import { capture } from "./archive";
import { azureMlEndpoint } from "./azure-ml";
import type { Build } from "./build";
import { modelService } from "./container-app";
import { environmentOf } from "./environment";
import { functionRights } from "./function-rights";
import { identity } from "./identities";
import type { ModelEndpoint } from "./infer";
import { ingest } from "./ingest";
import { diagnostics, type Logs, logs } from "./logs";
import { observe } from "./observe";
import { worker } from "./preprocess";
import type { AzureTransforms } from "./resources";
import { type Outside, openScope, type Scope, scopeIn } from "./scope";
import { blobUrl, dataStorage, hostStorage, letGo, queueUrl } from "./storage";
import { store } from "./store";

export interface AzurePipelineArgs {
  name: StackName;
  subscription: string;
  location: string;
  config: AzureConfig;
  pipeline: Pick<Pipeline, "name" | "actions">;
  build: Build;
  /** Changes to any inner resource, by its name in `AzureResources`. */
  transform?: AzureTransforms | undefined;
}

/** One pipeline with everything it needs: hub, function, model, database, storage, rights, alarms. */
export class AzurePipeline extends ComponentResource {
  readonly outputs: PendingOutputs;

  constructor(logicalName: string, args: AzurePipelineArgs, options?: ComponentResourceOptions) {
    super("sluice:azure:Pipeline", logicalName, {}, options);
    const outside = this.scope(args);
    const group = groupOf(outside, args.config);
    this.outputs = resources(scopeIn(outside, group.name), group, args);
    this.registerOutputs(this.outputs);
  }

  private scope({ name, subscription, location, config, pipeline, transform = {} }: AzurePipelineArgs): Outside {
    return openScope({
      name,
      parent: this,
      subscription,
      location,
      tags: { ...config.tags, "sluice-stack": `${name.project}/${name.stack}`, "sluice-pipeline": pipeline.name },
      protect: config.protect,
      transform,
    });
  }
}

function groupOf(outside: Outside, config: AzureConfig): ResourceGroup {
  const { location, tags, keep } = outside;
  return new ResourceGroup(...outside.inner("group", { location, tags }, { ...keep, ...letGo(config) }));
}

function resources(scope: Scope, group: ResourceGroup, args: AzurePipelineArgs): PendingOutputs {
  const { config, pipeline, build, location } = args;
  const sizing = sizeAzure(config);
  const runner = identity(scope, "function");
  const logged = logs(scope, config);
  const host = hostStorage(scope);
  const data = dataStorage(scope, config);
  const writer = identity(scope, "capture");
  const captured = sizing.archiveBy === "capture" ? capture(scope, config, { writer, data }) : undefined;
  const events = ingest(scope, config, sizing, { writer, capture: captured });
  const predictions = store(scope, config);
  const acted = pipeline.actions.length > 0 ? actions(scope) : undefined;
  const endpoint = endpointOf(scope, config, sizing, runner, logged);
  const archived = blobUrl(data.account, data.archive);
  const dead = blobUrl(data.account, data.deadLetters);
  const app = worker(scope, config, sizing, {
    build,
    identity: runner,
    host,
    subnet: endpoint?.subnet,
    settings: environmentOf(config, {
      clientId: runner.clientId,
      hostAccount: host.account.name,
      hub: { name: events.hub.name, host: events.host },
      container: predictions.url,
      deadLetters: dead,
      deadQueue: queueUrl(data.account, data.queue),
      results: config.ndjson ? blobUrl(data.account, data.results) : undefined,
      archive: sizing.archiveBy === "function" ? archived : undefined,
      actions: acted?.endpoint,
      endpoint,
      insights: logged.insights.connectionString,
    }),
    rights: [
      ...functionRights(scope, runner, {
        hub: events.hub,
        host: host.account,
        data,
        store: predictions,
        topic: acted,
        insights: logged.insights,
        writesArchive: sizing.archiveBy === "function",
        writesResults: config.ndjson,
      }),
      events.consumerGroup,
      ...(endpoint?.ready ?? []),
    ],
  });
  diagnostics(scope, logged, "hub", events.namespace.id);
  diagnostics(scope, logged, "store", predictions.account.id);
  diagnostics(scope, logged, "data", interpolate`${data.account.id}/blobServices/default`);
  const dashboard = observe(scope, config, {
    group,
    watched: {
      namespace: events.namespace.id,
      store: predictions.account.id,
      insights: logged.insights.id,
      logs: logged.workspace.id,
      endpoint,
    },
  });
  return {
    cloud: "azure",
    region: location,
    pipeline: pipeline.name,
    ingest: events.url,
    store: predictions.url,
    deadLetters: dead,
    archive: config.archive ? archived : "",
    actions: acted?.endpoint ?? "",
    inference: endpoint?.url ?? "in-process",
    function: app.name,
    dashboard,
  };
}

function endpointOf(
  scope: Scope,
  config: AzureConfig,
  { model }: AzureSizing,
  caller: UserAssignedIdentity,
  logged: Logs,
): ModelEndpoint | undefined {
  if (!model) return undefined;
  // A configuration with an endpoint and without an image has not come so far.
  const parts = { image: config.modelImage!, registry: config.modelRegistry! };
  return model.type === "azure-ml"
    ? azureMlEndpoint(scope, config, model, { ...parts, caller, logs: logged })
    : modelService(scope, config, model, { ...parts, logs: logged });
}
