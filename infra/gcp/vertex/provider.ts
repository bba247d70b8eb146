import type { dynamic } from "@pulumi/pulumi";
import { call, finish, finishUnlessGone, type Pause } from "./api";
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
      const deployedModelId = isNew ? await deployOrRemove(pause, wanted, model) : await deploy(pause, wanted, model);
      const outs = { ...wanted, model, deployedModelId };
      try {
        await remove(pause, is, isNew);
      } catch (thrown) {
        // With these the engine notes what serves now; otherwise it would believe in the old one.
        throw Object.assign(thrown as Error, { id, properties: outs, reasons: ["the old model could not be removed"] });
      }
      return { outs };
    },

    async delete(_id, is) {
      await remove(pause, is, true);
    },

    async read(id, is) {
      const { region, endpoint, deployedModelId } = is!;
      const { deployedModels = [] } = (await call(pause, region, "GET", endpoint)) as {
        deployedModels?: { id: string }[];
      };
      // Without an id it counts as gone, and is made again.
      return deployedModels.some((one) => one.id === deployedModelId) ? { id: id!, props: is! } : { id: "" };
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

async function remove(
  pause: Pause,
  { region, endpoint, deployedModelId, model }: Deployed,
  withModel: boolean,
): Promise<void> {
  await finishUnlessGone(pause, region, "POST", `${endpoint}:undeployModel`, { deployedModelId });
  if (withModel) await finishUnlessGone(pause, region, "DELETE", model);
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
