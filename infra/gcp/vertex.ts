import { AiEndpoint, AiEndpointIamMember } from "@pulumi/gcp/vertex";
import { interpolate } from "@pulumi/pulumi";
import { hash53 } from "../../shared/hash";
import type { VertexSizing } from "../sizing";
import { account } from "./accounts";
import { type ModelEndpoint, type ModelParts, SERVER } from "./infer";
import type { Scope } from "./scope";
import { VertexModel } from "./vertex/model";

/** Share of the CPU that scaling aims at, in percent. */
const CPU_TARGET = 60;

/** The model server on Vertex AI, which keeps one instance at least. */
export function vertexEndpoint(scope: Scope, sizing: VertexSizing, { image, caller }: ModelParts): ModelEndpoint {
  const { project, region, labels } = scope;
  const displayName = scope.fixedName("logical", "endpoint");
  const endpoint = new AiEndpoint(
    ...scope.inner(
      "endpoint",
      {
        name: numberOf(`${project}/${displayName}`),
        displayName,
        location: region,
        // An address and quotas of its own. The shared address then refuses calls.
        dedicatedEndpointEnabled: true,
        labels,
      },
      // Deploying a model sets it.
      { ignoreChanges: ["trafficSplit"] },
    ),
  );
  const resource = interpolate`projects/${project}/locations/${region}/endpoints/${endpoint.name}`;
  const model = new VertexModel(
    ...scope.inner("deployedModel", {
      project,
      region,
      endpoint: resource,
      displayName,
      image,
      port: SERVER.port,
      predictRoute: SERVER.predict,
      healthRoute: SERVER.ready,
      machine: sizing.machine,
      minInstances: sizing.minInstances,
      maxInstances: sizing.maxInstances,
      cpuTarget: CPU_TARGET,
      serviceAccount: account(scope, "model").email,
      labels,
    }),
  );
  const grant = new AiEndpointIamMember(
    ...scope.inner(
      "endpointGrant",
      { endpoint: endpoint.name, location: region, role: "roles/aiplatform.user", member: caller.member },
      // Whoever waits for the right to call it waits for something to answer, too.
      { dependsOn: [model] },
    ),
  );
  const host = endpoint.dedicatedEndpointDns.apply((dns) => dns.replace(/^https?:\/\//, ""));
  return { type: "vertex", url: interpolate`https://${host}/v1/${resource}:rawPredict`, name: endpoint.name, grant };
}

/** An endpoint's name is a number of up to ten digits, without a zero at its start. */
function numberOf(text: string): string {
  return String(1_000_000_000 + (hash53(text) % 9_000_000_000));
}
