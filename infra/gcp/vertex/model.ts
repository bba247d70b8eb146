import type { CustomResourceOptions, Input, Inputs, Output } from "@pulumi/pulumi";
import { Resource } from "@pulumi/pulumi/dynamic";
import type { DeployedModel } from "./deployed-model";
import { vertexProvider } from "./provider";

export type VertexModelArgs = { [Name in keyof DeployedModel]: Input<DeployedModel[Name]> };

const provider = vertexProvider();

/** A model on a Vertex AI endpoint. The provider has no resource for either of uploading and deploying one. */
export class VertexModel extends Resource {
  /** `projects/<project>/locations/<region>/models/<number>`. */
  declare readonly model: Output<string>;
  declare readonly deployedModelId: Output<string>;

  constructor(name: string, args: VertexModelArgs, options?: CustomResourceOptions) {
    // Outputs have to be named here to be there.
    const inputs: Inputs = { ...args, model: undefined, deployedModelId: undefined };
    super(provider, name, inputs, options, "vertex", "Model");
  }
}
