import assert from "node:assert/strict";
import { openVertexControl, type VertexControl } from "../../emulators/gcp/vertex";
import { ENDPOINT, GCP, PLACE, SERVICE } from "./gcp-stack";
import { change, liveThrough, noChanges } from "./lifecycle";
import type { Bench, Scenario } from "./scenario";

const MODEL = "pulumi-nodejs:dynamic/vertex:Model";
const IMAGE = "us-central1-docker.pkg.dev/stand-in-project/sluice/model-server";
/** The name follows from project and stack: infra/gcp/vertex.ts. */
const ENDPOINT_NAME = "projects/stand-in-project/locations/us-central1/endpoints/8332781745";

/**
 * The model on an endpoint of Vertex AI. What uploads and deploys it is a resource of the program's own, which the SDK's
 * dynamic provider runs, against a control plane that plays Vertex AI's.
 */
export const scenario: Scenario = {
  cloud: "gcp",
  name: "gcp vertex",

  async run(bench) {
    const control = await openVertexControl({ endpoints: [ENDPOINT_NAME], polls: 0 });
    bench.workspace.environment["GOOGLE_OAUTH_ACCESS_TOKEN"] = "stand-in";
    bench.workspace.environment["GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT"] = `${control.endpoint}/v1/`;
    try {
      await liveThrough(bench, {
        ...GCP,
        config: { ...PLACE, inference: "endpoint", endpointType: "vertex", modelImage: `${IMAGE}:1` },
        providers: ["gcp", "pulumi-nodejs"],
        has: [ENDPOINT, "gcp:vertex/aiEndpointIamMember:AiEndpointIamMember"],
        hasNot: [SERVICE],
        outputs: { inference: /^https:\/\/\d+\.us-central1-\d+\.prediction\.vertexai\.goog\/v1\/.*:rawPredict$/ },
        more: (bench) => deployModel(bench, control),
      });
      assert.deepEqual(control.deployed(ENDPOINT_NAME), [], "no model is left on the endpoint");
      assert.deepEqual(control.models, [], "no model is left");
    } finally {
      await control.close();
    }
  },
};

/** A new image is deployed beside the old one, which goes only then; the endpoint and its address stay. */
async function deployModel(bench: Bench, control: VertexControl): Promise<void> {
  const { pulumi, step, workspace } = bench;
  const [before] = control.deployed(ENDPOINT_NAME);
  workspace.configure({ modelImage: `${IMAGE}:2` });
  control.failNext("deployModel", "RESOURCE_EXHAUSTED", "there are no machines left");
  await step("up of a model that cannot be deployed", pulumi.up, ({ code, errors }) => {
    assert.notEqual(code, 0);
    assert.match(errors.join("\n"), /there are no machines left/);
    assert.deepEqual(control.deployed(ENDPOINT_NAME), [before], "the old model serves on");
    assert.deepEqual(imagesOf(control), [`${IMAGE}:1`]);
  });

  control.failNext("undeployModel", "INTERNAL", "try again");
  await step("up that cannot remove the old model", pulumi.up, ({ code, errors }) => {
    assert.notEqual(code, 0);
    assert.match(errors.join("\n"), /old model is still there: .*try again/);
    assert.deepEqual(imagesOf(control), [`${IMAGE}:1`, `${IMAGE}:2`], "the new model serves, and is known to");
  });

  // A dynamic provider cannot say which inputs differ.
  await change(bench, "model", { make: () => {}, updates: { [MODEL]: [] } });
  const [after, ...others] = control.deployed(ENDPOINT_NAME);
  assert.deepEqual(others, [], "the old model is gone");
  assert.notEqual(after?.model, before?.model);
  assert.deepEqual(imagesOf(control), [`${IMAGE}:2`]);
  await noChanges(bench);
}

function imagesOf({ models }: VertexControl): unknown[] {
  return models.map((model) => (model["containerSpec"] as { imageUri: string }).imageUri);
}
