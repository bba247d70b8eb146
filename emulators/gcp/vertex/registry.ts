import { RpcError } from "../../grpc/status";

/** As it was uploaded, with its name. */
export interface Model extends Record<string, unknown> {
  name: string;
}

/** As it was deployed, with its ID. */
export interface DeployedModel extends Record<string, unknown> {
  id: string;
  /** Name of the model. */
  model: string;
}

export interface Endpoint {
  name: string;
  deployedModels: DeployedModel[];
  /** Percent of the requests by ID of the deployed model. */
  trafficSplit: Record<string, number>;
}

/** Models and what of them is deployed where. Every method throws an RpcError for what the service refuses. */
export interface Registry {
  models(): Model[];
  model(name: string): Model;
  endpoint(name: string): Endpoint;
  upload(location: string, model: Omit<Model, "name">): object;
  deleteModel(name: string): object;
  deployModel(endpoint: string, request: Record<string, unknown>): object;
  undeployModel(endpoint: string, request: Record<string, unknown>): object;
}

export function createRegistry(endpointNames: readonly string[]): Registry {
  const models = new Map<string, Model>();
  const endpoints = new Map<string, Endpoint>(
    endpointNames.map((name) => [name, { name, deployedModels: [], trafficSplit: {} }]),
  );
  let count = 0;

  function find<T>(all: ReadonlyMap<string, T>, kind: string, name: string): T {
    const found = all.get(name);
    if (found === undefined) throw new RpcError("NOT_FOUND", `The ${kind} "${name}" does not exist.`);
    return found;
  }

  return {
    models: () => [...models.values()],
    model: (name) => find(models, "Model", name),
    endpoint: (name) => find(endpoints, "Endpoint", name),
    upload: (location, model) => {
      const { containerSpec } = model as { containerSpec?: { imageUri?: string } };
      if (!containerSpec?.imageUri) throw new RpcError("INVALID_ARGUMENT", "containerSpec.imageUri is required.");
      const name = `${location}/models/${++count}`;
      models.set(name, { ...model, name });
      return { model: name, modelVersionId: "1" };
    },
    deleteModel: (name) => {
      const isUsed = [...endpoints.values()].some(({ deployedModels }) =>
        deployedModels.some(({ model }) => model === name),
      );
      if (isUsed) throw new RpcError("FAILED_PRECONDITION", `The Model "${name}" is deployed or being deployed.`);
      models.delete(name);
      return {};
    },
    deployModel: (endpointName, request) => {
      const endpoint = find(endpoints, "Endpoint", endpointName);
      const wanted = request["deployedModel"] as Omit<DeployedModel, "id">;
      find(models, "Model", String(wanted["model"]));
      const deployedModel = { ...wanted, id: String(++count) } as DeployedModel;
      const split = (request["trafficSplit"] ?? endpoint.trafficSplit) as Record<string, number>;
      const deployedModels = [...endpoint.deployedModels, deployedModel];
      // "0" stands for the model that is being deployed.
      const trafficSplit = Object.fromEntries(
        Object.entries(split).map(([id, percent]) => [id === "0" ? deployedModel.id : id, percent]),
      );
      checkSplit(trafficSplit, deployedModels);
      Object.assign(endpoint, { deployedModels, trafficSplit });
      return { deployedModel };
    },
    undeployModel: (endpointName, request) => {
      const endpoint = find(endpoints, "Endpoint", endpointName);
      const id = String(request["deployedModelId"]);
      const deployedModels = endpoint.deployedModels.filter((deployed) => deployed.id !== id);
      if (deployedModels.length === endpoint.deployedModels.length)
        throw new RpcError("NOT_FOUND", `The DeployedModel "${id}" does not exist.`);
      const split = (request["trafficSplit"] ?? endpoint.trafficSplit) as Record<string, number>;
      if (deployedModels.length > 0 && (split[id] ?? 0) > 0)
        throw new RpcError("FAILED_PRECONDITION", `The DeployedModel "${id}" has traffic.`);
      const { [id]: _, ...trafficSplit } = deployedModels.length === 0 ? {} : split;
      checkSplit(trafficSplit, deployedModels);
      Object.assign(endpoint, { deployedModels, trafficSplit });
      return {};
    },
  };
}

function checkSplit(split: Record<string, number>, deployed: readonly DeployedModel[]): void {
  const percents = Object.values(split);
  const sum = percents.reduce((all, percent) => all + percent, 0);
  if (percents.length > 0 && sum !== 100)
    throw new RpcError("INVALID_ARGUMENT", `The traffic split adds up to ${sum}, not to 100.`);
  const unknown = Object.keys(split).find((id) => !deployed.some((one) => one.id === id));
  if (unknown !== undefined)
    throw new RpcError("INVALID_ARGUMENT", `The traffic split names "${unknown}", which is not deployed.`);
}
