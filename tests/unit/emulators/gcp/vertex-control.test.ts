import { describe, expect, it } from "@jest/globals";
import { openVertexControl, type VertexControlOptions } from "../../../../emulators/gcp/vertex";
import { opened } from "../opened";

const LOCATION = "projects/p/locations/r";
const ENDPOINT = `${LOCATION}/endpoints/1`;

interface Operation {
  name: string;
  done: boolean;
  response?: Record<string, unknown>;
  error?: { code: number; message: string };
}

async function control(options: VertexControlOptions = {}) {
  const vertex = await opened(openVertexControl({ endpoints: [ENDPOINT], polls: 0, ...options }));
  const call = async (method: string, path: string, body?: object, headers: object = { authorization: "Bearer t" }) => {
    const init = { method, headers: { ...headers }, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${vertex.endpoint}/v1/${path}`, init);
    return { status: response.status, json: (await response.json()) as Operation & { error?: { status: string } } };
  };
  const upload = async () => {
    const model = { displayName: "m", containerSpec: { imageUri: "image" } };
    return String((await call("POST", `${LOCATION}/models:upload`, { model })).json.response?.["model"]);
  };
  const deploy = (model: string, trafficSplit: object = { "0": 100 }) =>
    call("POST", `${ENDPOINT}:deployModel`, { deployedModel: { model }, trafficSplit });
  const undeploy = (deployedModelId: string | undefined, trafficSplit?: object) =>
    call("POST", `${ENDPOINT}:undeployModel`, { deployedModelId, trafficSplit });
  const deployedIds = () => vertex.deployed(ENDPOINT).map(({ id }) => id);
  return { vertex, call, upload, deploy, undeploy, deployedIds };
}

it("a model is uploaded, deployed, undeployed and deleted", async () => {
  const { vertex, call, upload, deploy, undeploy, deployedIds } = await control();

  const model = await upload();
  const { json } = await deploy(model);
  const [id] = deployedIds();
  const endpoint = await call("GET", ENDPOINT);
  await undeploy(id);
  const deleted = await call("DELETE", model);

  expect(json).toMatchObject({ done: true, response: { deployedModel: { id, model } } });
  expect(endpoint.json).toMatchObject({ deployedModels: [{ id, model }], trafficSplit: { [String(id)]: 100 } });
  expect(deleted.json).toMatchObject({ done: true, response: {} });
  expect([vertex.models, deployedIds()]).toEqual([[], []]);
  expect(vertex.requests).toEqual([
    `POST ${LOCATION}/models:upload`,
    `POST ${ENDPOINT}:deployModel`,
    `GET ${ENDPOINT}`,
    `POST ${ENDPOINT}:undeployModel`,
    `DELETE ${model}`,
  ]);
});

it("an operation is done, and does its work, when it has been asked for often enough", async () => {
  const { vertex, call } = await control({ polls: 2 });
  const model = { containerSpec: { imageUri: "image" } };

  const { json: started } = await call("POST", `${LOCATION}/models:upload`, { model });
  const polled = [];
  for (let i = 0; i < 3; i++) polled.push([(await call("GET", started.name)).json.done, vertex.models.length]);

  expect(started.done).toBe(false);
  expect(polled).toEqual([
    [false, 0],
    [true, 1],
    [true, 1],
  ]);
});

describe("it refuses", () => {
  it("to delete a model that is deployed", async () => {
    const { upload, deploy, call, vertex } = await control();
    const model = await upload();
    await deploy(model);

    expect((await call("DELETE", model)).json).toMatchObject({ done: true, error: { code: 9 } });
    expect(vertex.models).toHaveLength(1);
  });

  it("to undeploy what has traffic beside another, unless that takes it over", async () => {
    const { upload, deploy, undeploy, deployedIds } = await control();
    const model = await upload();
    await deploy(model);
    const [first = ""] = deployedIds();
    await deploy(model, { "0": 0, [first]: 100 });
    const [, second = ""] = deployedIds();

    expect((await undeploy(first)).json).toMatchObject({ error: { code: 9 } });
    expect((await undeploy(first, { [second]: 100 })).json).toMatchObject({ response: {} });
    expect(deployedIds()).toEqual([second]);
  });

  it("a traffic split that does not add up, or names what is not there", async () => {
    const { upload, deploy, deployedIds } = await control();
    const model = await upload();

    expect((await deploy(model, { "0": 90 })).json).toMatchObject({ error: { code: 3 } });
    expect((await deploy(model, { "0": 50, "77": 50 })).json).toMatchObject({ error: { code: 3 } });
    expect(deployedIds()).toEqual([]);
  });

  it("what is not there, what has no image, and who has no token", async () => {
    const { call, deploy, undeploy } = await control();

    expect((await call("GET", `${LOCATION}/endpoints/2`)).status).toBe(404);
    expect((await call("DELETE", `${LOCATION}/models/9`)).status).toBe(404);
    expect((await call("GET", `${LOCATION}/operations/9`)).status).toBe(404);
    expect((await deploy(`${LOCATION}/models/9`)).json).toMatchObject({ error: { code: 5 } });
    expect((await undeploy("9")).json).toMatchObject({ error: { code: 5 } });
    expect((await call("POST", `${LOCATION}/models:upload`, { model: {} })).json).toMatchObject({ error: { code: 3 } });
    expect((await call("GET", ENDPOINT, undefined, {})).status).toBe(401);
  });
});

it("the next operation of a kind fails if it is told to, the one after it does not", async () => {
  const { vertex, upload, deploy } = await control();
  const model = await upload();
  vertex.failNext("deployModel", "RESOURCE_EXHAUSTED", "no machine is free");

  const failed = await deploy(model);
  const after = await deploy(model);

  expect(failed.json).toMatchObject({ done: true, error: { code: 8, message: "no machine is free" } });
  expect(after.json).toHaveProperty("response");
});
