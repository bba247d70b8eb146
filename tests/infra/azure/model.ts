import { describe, expect, it } from "@jest/globals";
import { AZURE_ML, CONTAINER_APP, IMAGE, type Stack, stackOf } from "./stack";

/** What serves the model outside the function. */
describe("the settings of an Azure stack", () => {
  it("serve the model on Container Apps from nothing on, once it has predicted", async () => {
    const { get } = await stackOf(CONTAINER_APP);
    const { template, configuration } = get("model-service").inputs;

    expect(template.scale).toEqual({
      minReplicas: 0,
      maxReplicas: 10,
      rules: [{ name: "requests", http: { metadata: { concurrentRequests: "20" } } }],
    });
    expect(template.containers).toEqual([
      expect.objectContaining({ image: IMAGE, resources: { cpu: 1, memory: "2Gi" } }),
    ]);
    expect(template.containers[0].probes.map(({ type, httpGet }: Probe) => [type, httpGet.path, httpGet.port])).toEqual(
      [
        ["Startup", "/ready", 8080],
        ["Readiness", "/ready", 8080],
        ["Liveness", "/live", 8080],
      ],
    );
    expect(configuration).toMatchObject({
      ingress: { targetPort: 8080, allowInsecure: false },
      registries: [{ server: "myregistry.azurecr.io" }],
    });
  });

  it("lead the function to the model server, and nobody else", async () => {
    const { get } = await stackOf(CONTAINER_APP);

    expect(get("model-environment").inputs.vnetConfiguration).toMatchObject({
      internal: true,
      infrastructureSubnetId: expect.stringMatching(/Subnet\/models$/),
    });
    expect(get("function").inputs.virtualNetworkSubnetId).toMatch(/Subnet\/functions$/);
    for (const name of ["function-subnet", "model-subnet"])
      expect(get(name).inputs.delegations).toEqual([
        expect.objectContaining({ serviceName: "Microsoft.App/environments" }),
      ]);
    expect(get("model-zone").inputs.privateZoneName).toBe("kind-sea-1.westeurope.azurecontainerapps.io");
    expect(get("model-record").inputs).toMatchObject({
      relativeRecordSetName: "*",
      recordType: "A",
      aRecords: [{ ipv4Address: "10.0.2.7" }],
    });
    expect(get("model-zone-link").inputs).toMatchObject({ registrationEnabled: false });
    expect(get("function").dependsOn).toEqual(
      expect.arrayContaining([
        "sluice-azure-model-service",
        "sluice-azure-model-zone-link",
        "sluice-azure-model-record",
      ]),
    );
  });

  it("serve the model on Azure ML as the configuration says, and scale it with the load", async () => {
    const { get } = await stackOf({
      ...AZURE_ML,
      endpointMinInstances: "2",
      endpointMaxInstances: "5",
      endpointConcurrency: "8",
      endpointMachine: "Standard_F4s_v2",
    });

    expect(get("deployment").inputs).toMatchObject({
      sku: { name: "Default", capacity: 2 },
      properties: { instanceType: "Standard_F4s_v2", requestSettings: { maxConcurrentRequestsPerInstance: 8 } },
    });
    expect(get("deployment-scaling").inputs.profiles[0].capacity).toEqual({ default: "2", minimum: "2", maximum: "5" });
    expect(get("model-image-version").inputs.properties).toMatchObject({
      image: IMAGE,
      osType: "Linux",
      inferenceConfig: {
        livenessRoute: { port: 8080, path: "/live" },
        readinessRoute: { port: 8080, path: "/ready" },
        scoringRoute: { port: 8080, path: "/score" },
      },
    });
  });

  it("put another machine beside the old one, and another image in its place", async () => {
    const one = await stackOf(AZURE_ML);
    const machine = await stackOf({ ...AZURE_ML, endpointMachine: "Standard_F4s_v2" });
    const image = await stackOf({ ...AZURE_ML, modelImage: `${IMAGE}2` });

    expect(deployment(machine)).not.toBe(deployment(one));
    expect(deployment(image)).toBe(deployment(one));
    expect(image.get("model-image-version").inputs.version).not.toBe(one.get("model-image-version").inputs.version);
    expect(one.get("settings").inputs.properties.SLUICE_ENDPOINT_DEPLOYMENT).toBe(deployment(one));
  });
});

interface Probe {
  type: string;
  httpGet: { path: string; port: number };
}

function deployment({ get }: Stack): string {
  return get("deployment").inputs.deploymentName;
}
