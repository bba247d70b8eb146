import type { dynamic } from "@pulumi/pulumi";
import { deployedOn, finish, finishUnlessGone, type OnEndpoint, type Pause } from "./api";
import type { Deployed, DeployedModel } from "./deployed-model";

type Provider = dynamic.ResourceProvider<DeployedModel, Deployed>;

/**
 * Uploads a model and deploys it to an endpoint, with all of its traffic. A change deploys the new one beside the old,
 * which goes only then: the endpoint answers all the time.
 */
export function vertexProvider(pause: Pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))): Provider {
  return {
    async create(wanted) {
      const model = await upload(pause, wanted);
      const deployedModelId = await deployOrRemove(pause, wanted, model);
      // Of the place, not of what is there: an update replaces that and keeps its id.
      return { id: `${wanted.endpoint}#${wanted.displayName}`, outs: { ...wanted, model, deployedModelId } };
    },

    async diff(_id, is, wanted) {
      const replaces = changesIn(is, wanted, ["project", "region", "endpoint"]);
      return { changes: replaces.length > 0 || needsDeploying(is, wanted), replaces, deleteBeforeReplace: false };
    },

    async update(id, is, wanted) {
      const isNew = needsUploading(is, wanted);
      const model = isNew ? await upload(pause, wanted) : is.model;
      const outs = { ...wanted, model, deployedModelId: is.deployedModelId };
      // Nothing to deploy: an earlier update could only not remove what it replaced.
      if (isNew) outs.deployedModelId = await deployOrRemove(pause, wanted, model);
      else if (needsDeploying(is, wanted)) outs.deployedModelId = await deploy(pause, wanted, model);
      try {
        await removeOthers(pause, outs);
      } catch (thrown) {
        const { message } = thrown as Error;
        // With these the engine notes what serves now, otherwise it would believe in the old one; and it tries again.
        throw Object.assign(thrown as Error, {
          id,
          properties: outs,
          reasons: [`The old model is still there: ${message}`],
        });
      }
      return { outs };
    },

    async delete(_id, is) {
      // What has traffic can only go as the last.
      await removeOthers(pause, is);
      await remove(pause, is, { id: is.deployedModelId, model: is.model }, true);
    },

    async read(id, is) {
      const { region, endpoint, deployedModelId } = is!;
      const deployed = await deployedOn(pause, region, endpoint);
      // Without an id it counts as gone, and is made again.
      return deployed.some((one) => one.id === deployedModelId) ? { id: id!, props: is! } : { id: "" };
    },
  };
}

async function upload(pause: Pause, wanted: DeployedModel): Promise<string> {
  const { project, region, displayName, image, port, predictRoute, healthRoute, labels } = wanted;
  const done = await finish(pause, region, "POST", `projects/${project}/locations/${region}/models:upload`, {
    model: {
      displayName,
      labels,
      containerSpec: { imageUri: image, ports: [{ containerPort: port }], predictRoute, healthRoute },
    },
  });
  return done["model"] as string;
}

async function deploy(pause: Pause, wanted: DeployedModel, model: string): Promise<string> {
  const { region, endpoint, displayName, serviceAccount, machine, minInstances, maxInstances, cpuTarget } = wanted;
  const done = await finish(pause, region, "POST", `${endpoint}:deployModel`, {
    deployedModel: {
      model,
      displayName,
      serviceAccount,
      dedicatedResources: {
        machineSpec: { machineType: machine },
        minReplicaCount: minInstances,
        maxReplicaCount: maxInstances,
        autoscalingMetricSpecs: [
          { metricName: "aiplatform.googleapis.com/prediction/online/cpu/utilization", target: cpuTarget },
        ],
      },
    },
    // "0" is the model that is being deployed.
    trafficSplit: { "0": 100 },
  });
  return (done["deployedModel"] as { id: string }).id;
}

/** A model that could not be deployed would stay for ever: the state never hears of it. */
async function deployOrRemove(pause: Pause, wanted: DeployedModel, model: string): Promise<string> {
  try {
    return await deploy(pause, wanted, model);
  } catch (thrown) {
    await finishUnlessGone(pause, wanted.region, "DELETE", model).catch(() => {});
    throw thrown;
  }
}

/** Everything else on the endpoint, which is the stack's own: what is replaced, and what could not be removed before. */
async function removeOthers(pause: Pause, kept: Deployed): Promise<void> {
  for (const other of await deployedOn(pause, kept.region, kept.endpoint)) {
    if (other.id !== kept.deployedModelId)
      await remove(pause, kept, other, modelId(other.model) !== modelId(kept.model));
  }
}

async function remove(
  pause: Pause,
  { region, endpoint }: DeployedModel,
  { id, model }: OnEndpoint,
  withModel: boolean,
): Promise<void> {
  await finishUnlessGone(pause, region, "POST", `${endpoint}:undeployModel`, { deployedModelId: id });
  if (withModel) await finishUnlessGone(pause, region, "DELETE", model);
}

/** The service may name the project by its number, and a version. */
function modelId(model: string): string {
  return model.replace(/^.*\/|@.*$/g, "");
}

function needsUploading(is: Deployed, wanted: DeployedModel): boolean {
  return changesIn(is, wanted, ["displayName", "image", "port", "predictRoute", "healthRoute", "labels"]).length > 0;
}

function needsDeploying(is: Deployed, wanted: DeployedModel): boolean {
  const ofServer = changesIn(is, wanted, ["machine", "minInstances", "maxInstances", "cpuTarget", "serviceAccount"]);
  return ofServer.length > 0 || needsUploading(is, wanted);
}

function changesIn(is: Deployed, wanted: DeployedModel, names: (keyof DeployedModel)[]): string[] {
  return names.filter((name) => textOf(is[name]) !== textOf(wanted[name]));
}

/** Labels come back in any order. */
function textOf(value: unknown): string {
  return JSON.stringify(typeof value === "object" && value !== null ? Object.entries(value).sort() : value);
}
