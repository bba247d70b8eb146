import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openVertexControl, type VertexControl } from "../../../../../emulators/gcp/vertex";
import type { Deployed, DeployedModel } from "../../../../../infra/gcp/vertex/deployed-model";
import { vertexProvider } from "../../../../../infra/gcp/vertex/provider";

const ENDPOINT = "projects/p/locations/us-central1/endpoints/1234567890";
const VARIABLES = ["GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT", "GOOGLE_OAUTH_ACCESS_TOKEN"] as const;

const wanted: DeployedModel = {
  project: "p",
  region: "us-central1",
  endpoint: ENDPOINT,
  displayName: "sluice-gcp-endpoint",
  image: "us-central1-docker.pkg.dev/p/sluice/model-server:1",
  port: 8080,
  predictRoute: "/score",
  healthRoute: "/ready",
  machine: "n1-standard-2",
  minInstances: 1,
  maxInstances: 2,
  cpuTarget: 60,
  serviceAccount: "model@p.iam.gserviceaccount.com",
  labels: { team: "payments", "sluice-stack": "x" },
};

describe("a model on a Vertex AI endpoint", () => {
  const provider = vertexProvider(async () => {});
  let control: VertexControl;

  beforeEach(async () => {
    control = await openVertexControl({ endpoints: [ENDPOINT] });
    process.env["GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT"] = `${control.endpoint}/v1/`;
    process.env["GOOGLE_OAUTH_ACCESS_TOKEN"] = "a-token";
  });

  afterEach(async () => {
    for (const name of VARIABLES) delete process.env[name];
    await control.close();
  });

  async function made(model = wanted): Promise<{ id: string; is: Deployed }> {
    const { id, outs } = await provider.create(model);
    return { id, is: outs! };
  }

  it("is uploaded, deployed, and gets all of the traffic", async () => {
    const { id, is } = await made();

    expect(id).toBe(`${ENDPOINT}#sluice-gcp-endpoint`);
    expect(control.models).toEqual([expect.objectContaining({ name: is.model, displayName: "sluice-gcp-endpoint" })]);
    expect(control.deployed(ENDPOINT)).toEqual([
      expect.objectContaining({
        id: is.deployedModelId,
        model: is.model,
        serviceAccount: "model@p.iam.gserviceaccount.com",
        dedicatedResources: expect.objectContaining({
          machineSpec: { machineType: "n1-standard-2" },
          minReplicaCount: 1,
          maxReplicaCount: 2,
        }),
      }),
    ]);
    expect(control.requests.filter((line) => line.startsWith("POST"))).toEqual([
      "POST projects/p/locations/us-central1/models:upload",
      `POST ${ENDPOINT}:deployModel`,
    ]);
  });

  it("is not left uploaded where it cannot be deployed", async () => {
    control.failNext("deployModel", "RESOURCE_EXHAUSTED", "Quota exceeded: CustomModelServingCPUs.");

    const creating = provider.create(wanted);

    await expect(creating).rejects.toThrow(/deployModel: .*Quota exceeded: CustomModelServingCPUs/);
    expect(control.models).toEqual([]);
  });

  it.each<[string, Partial<DeployedModel>, { changes: boolean; replaces: string[] }]>([
    ["nothing", {}, { changes: false, replaces: [] }],
    ["the order of labels", { labels: { "sluice-stack": "x", team: "payments" } }, { changes: false, replaces: [] }],
    ["the image", { image: "us-central1-docker.pkg.dev/p/sluice/model-server:2" }, { changes: true, replaces: [] }],
    ["the most instances", { maxInstances: 4 }, { changes: true, replaces: [] }],
    ["the endpoint", { endpoint: `${ENDPOINT}1` }, { changes: true, replaces: ["endpoint"] }],
    ["the project", { project: "q" }, { changes: true, replaces: ["project"] }],
  ])("sees a change of %s", async (_, change, expected) => {
    const is = { ...wanted, model: "m", deployedModelId: "1" };

    const diff = await provider.diff!("id", is, { ...wanted, ...change });

    expect(diff).toMatchObject({ ...expected, deleteBeforeReplace: false });
  });

  it("is replaced without a gap: the new one serves before the old one goes", async () => {
    const { id, is } = await made();
    const before = control.requests.length;

    const { outs } = await provider.update!(id, is, { ...wanted, image: `${wanted.image}-new` });

    expect(changesIn(control, before)).toEqual(["upload", "deployModel", "undeployModel", `DELETE ${is.model}`]);
    expect(control.deployed(ENDPOINT).map(({ id }) => id)).toEqual([outs!.deployedModelId]);
    expect(control.models.map(({ name }) => name)).toEqual([outs!.model]);
  });

  it("is deployed again, not uploaded again, on another machine", async () => {
    const { id, is } = await made();
    const before = control.requests.length;

    const { outs } = await provider.update!(id, is, { ...wanted, machine: "n1-standard-4" });

    expect(changesIn(control, before)).toEqual(["deployModel", "undeployModel"]);
    expect(outs).toMatchObject({ model: is.model, machine: "n1-standard-4" });
  });

  it("stays as it is where the new one cannot be deployed", async () => {
    const { id, is } = await made();
    control.failNext("deployModel", "INTERNAL", "The container did not become healthy.");

    const updating = provider.update!(id, is, { ...wanted, image: `${wanted.image}-broken` });

    await expect(updating).rejects.toThrow(/did not become healthy/);
    expect(control.deployed(ENDPOINT).map(({ model }) => model)).toEqual([is.model]);
    expect(control.models.map(({ name }) => name)).toEqual([is.model]);
  });

  it("tells the engine what serves now where the old one could not be removed", async () => {
    const { id, is } = await made();
    control.failNext("undeployModel", "INTERNAL", "Try again.");

    const thrown = await provider.update!(id, is, { ...wanted, machine: "n1-standard-4" }).catch((error) => error);

    const serving = control.deployed(ENDPOINT).find((one) => one.id !== is.deployedModelId);
    expect(thrown).toMatchObject({ id, properties: { deployedModelId: serving!.id, machine: "n1-standard-4" } });
    expect(thrown.reasons).toEqual([expect.stringMatching(/still there: .*undeployModel: .*Try again/)]);
  });

  it("is rid of what it replaced with the next attempt, and deploys nothing for that", async () => {
    const { id, is } = await made();
    const image = { ...wanted, image: `${wanted.image}-new` };
    control.failNext("undeployModel", "INTERNAL", "Try again.");
    const { properties } = await provider.update!(id, is, image).catch((error) => error);
    const before = control.requests.length;

    const { outs } = await provider.update!(id, properties, image);

    expect(changesIn(control, before)).toEqual(["undeployModel", `DELETE ${is.model}`]);
    expect(control.deployed(ENDPOINT).map(({ id }) => id)).toEqual([outs!.deployedModelId]);
  });

  it("goes with all that could not be removed before it", async () => {
    const { id, is } = await made();
    control.failNext("undeployModel", "INTERNAL", "Try again.");
    const { properties } = await provider.update!(id, is, { ...wanted, image: `${wanted.image}-new` }).catch(
      (error) => error,
    );

    await provider.delete!(id, properties);

    expect(control.deployed(ENDPOINT)).toEqual([]);
    expect(control.models).toEqual([]);
  });

  it("is undeployed before it is deleted, and deleting it twice is no mistake", async () => {
    const { id, is } = await made();
    const before = control.requests.length;

    await provider.delete!(id, is);
    await provider.delete!(id, is);

    expect(changesIn(control, before).slice(0, 2)).toEqual(["undeployModel", `DELETE ${is.model}`]);
    expect(control.deployed(ENDPOINT)).toEqual([]);
    expect(control.models).toEqual([]);
  });

  it("counts as gone once somebody else has undeployed it", async () => {
    const { id, is } = await made();

    const there = await provider.read!(id, is);
    await provider.delete!(id, is);
    const gone = await provider.read!(id, is);

    expect(there).toEqual({ id, props: is });
    expect(gone).toEqual({ id: "" });
  });
});

/** What was asked for, but for looking after operations. */
function changesIn({ requests }: VertexControl, from: number): string[] {
  return requests
    .slice(from)
    .filter((line) => !line.startsWith("GET"))
    .map((line) => (line.startsWith("POST") ? line.slice(line.lastIndexOf(":") + 1) : line));
}
