import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { openVertexControl } from "../../../emulators/gcp/vertex";
import { stackOf, VERTEX } from "./stack";

/** As the engine's own process takes it: @pulumi/pulumi/cmd/dynamic-provider. */
const LIFE_OF_A_MODEL = `
  const provider = require("require-from-string")(process.env.PROVIDER).handler();
  const inputs = JSON.parse(process.env.INPUTS);
  const { id, outs } = await provider.create(inputs);
  const there = await provider.read(id, outs);
  await provider.delete(id, outs);
  console.log(JSON.stringify({ id, there: there.id, outs }));
`;

describe("the model on Vertex AI, by the code in the stack's state,", () => {
  it("is deployed, found and removed again by another process", async () => {
    const { __provider: provider, ...inputs } = (await stackOf(VERTEX)).get("deployed-model").inputs;
    const control = await openVertexControl({ endpoints: [inputs.endpoint], polls: 0 });

    const { stdout } = await run(["-e", `(async () => {${LIFE_OF_A_MODEL}})()`], {
      env: {
        PATH: process.env["PATH"],
        PROVIDER: provider,
        INPUTS: JSON.stringify(inputs),
        GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT: `${control.endpoint}/v1/`,
        GOOGLE_OAUTH_ACCESS_TOKEN: "a-token",
      },
    });
    const { id, there, outs } = JSON.parse(stdout);

    expect(outs).toMatchObject({ ...inputs, model: expect.stringContaining("/models/") });
    expect(there).toBe(id);
    expect(control.requests.map((line) => line.replace(/^POST .*:/, ""))).toEqual([
      "upload",
      "deployModel",
      `GET ${inputs.endpoint}`,
      // What else is there goes first.
      `GET ${inputs.endpoint}`,
      "undeployModel",
      `DELETE ${outs.model}`,
    ]);
    await control.close();
  });

  it("is the same text each time, or every preview would show a change", async () => {
    const one = await stackOf(VERTEX);
    const other = await stackOf(VERTEX, {});

    expect(other.get("deployed-model").inputs.__provider).toBe(one.get("deployed-model").inputs.__provider);
  });
});

function run(args: string[], options: { env: Record<string, string | undefined> }) {
  return promisify(execFile)(process.execPath, args, options);
}
