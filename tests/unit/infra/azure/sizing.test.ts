import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { azureConfig } from "../../../../infra/config/azure";
import { readConfig } from "../../../../infra/config/read";
import { checkAzure, type Demands, sizeAzure } from "../../../../infra/sizing";

const IMAGE = "myregistry.azurecr.io/sluice-model-server:1";
const REGISTRY =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/models/providers/Microsoft.ContainerRegistry/registries/MyRegistry";
const demands: Demands = { maxEventBytes: 64 * 1024, hasActions: true };
const endpoint = { inference: "endpoint", modelImage: IMAGE, modelRegistry: REGISTRY };
const azureMl = { ...endpoint, endpointType: "azure-ml" };

describe("the size of an Azure stack", () => {
  it("has what every region takes, a hub that grows, and an archive that the function writes", () => {
    expect(sizeAzure(config({}))).toEqual({
      memoryMb: 2048,
      prefetch: 300,
      maxThroughputUnits: 4,
      archiveBy: "function",
      model: undefined,
    });
  });

  it("reads at least a batch ahead", () => {
    expect(sizeAzure(config({ batchSize: "1000" })).prefetch).toBe(1000);
  });

  it("lets the hub grow from what it starts with", () => {
    expect(sizeAzure(config({ throughputUnits: "12" })).maxThroughputUnits).toBe(12);
  });

  it("archives by nobody where nothing is archived", () => {
    expect(sizeAzure(config({ archive: "false" })).archiveBy).toBeUndefined();
  });

  it("goes down to no model server on Container Apps", () => {
    expect(sizeAzure(config(endpoint)).model).toEqual({
      type: "container-app",
      minInstances: 0,
      maxInstances: 10,
      concurrency: 20,
      memoryMb: 2048,
    });
  });

  it("keeps one model server on Azure ML, which knows no less", () => {
    expect(sizeAzure(config(azureMl)).model).toEqual({
      type: "azure-ml",
      minInstances: 1,
      maxInstances: 2,
      concurrency: 20,
      machine: "Standard_DS2_v2",
    });
  });

  it.each([endpoint, azureMl])("lets the most model servers follow the fewest", (given) => {
    expect(sizeAzure(config({ ...given, endpointMinInstances: "12" })).model?.maxInstances).toBe(12);
  });

  it("is right by default, in process and with either endpoint", () => {
    expect([{}, endpoint, azureMl].map((given) => mistakes(given))).toEqual([[], [], []]);
  });

  it("reads every event before it expires, and has model servers for all partitions, in everything it lets pass", () => {
    const whole = (least: number, most: number) =>
      fc.option(fc.integer({ min: least, max: most }).map(String), { nil: undefined });
    const keys = fc.record({
      partitions: fc.constantFrom("8", "16", "32"),
      throughputUnits: whole(1, 40),
      maxThroughputUnits: whole(1, 40),
      retentionHours: whole(1, 168),
      retries: whole(0, 100),
      minBackoffSeconds: whole(1, 3600),
      maxBackoffSeconds: whole(1, 3600),
      timeoutSeconds: whole(10, 600),
      minInstances: whole(0, 40),
      maxInstances: whole(1, 40),
    });
    const ofModel = fc.record({ endpointMaxInstances: whole(1, 4), endpointConcurrency: whole(1, 20) });

    fc.assert(
      fc.property(keys, fc.constantFrom({}, endpoint, azureMl), ofModel, (given, kind, sizes) => {
        const read = config({ ...given, ...kind, ...("inference" in kind && sizes) });
        fc.pre(checkAzure(read, demands).length === 0);

        const { maxThroughputUnits, model } = sizeAzure(read);
        expect((read.retries + 1) * read.timeoutSeconds).toBeLessThanOrEqual(read.retentionHours * 3600);
        expect(read.minBackoffSeconds).toBeLessThanOrEqual(read.maxBackoffSeconds);
        expect(read.throughputUnits).toBeLessThanOrEqual(maxThroughputUnits);
        expect(read.minInstances).toBeLessThanOrEqual(Math.min(read.maxInstances, read.partitions));
        if (model) expect(model.maxInstances * model.concurrency).toBeGreaterThanOrEqual(read.partitions);
      }),
    );
  });
});

describe("a mistake in the size of an Azure stack", () => {
  it.each<[string, Given, RegExp]>([
    [
      "pauses that shrink",
      { minBackoffSeconds: "60", maxBackoffSeconds: "30" },
      /^sluice:maxBackoffSeconds: 30 is below `minBackoffSeconds` of 60/,
    ],
    [
      "attempts that outlast the hub",
      { retentionHours: "1", retries: "20" },
      /^sluice:retentionHours: 1 is over before the 2 hours that all attempts of a batch may take: .* Raise it to 2/,
    ],
    [
      "fewer units at most than at first",
      { throughputUnits: "8", maxThroughputUnits: "4" },
      /^sluice:maxThroughputUnits: 4 is below `throughputUnits` of 8/,
    ],
    [
      "more warm instances than instances",
      { minInstances: "4", maxInstances: "2" },
      /^sluice:minInstances: 4 is more than the 2 of `maxInstances`/,
    ],
    ["more warm instances than partitions", { minInstances: "9" }, /^sluice:minInstances: 9 is more than the 8 part/],
    [
      "request units that Cosmos DB does not sell",
      { maxRequestUnits: "1500" },
      /^sluice:maxRequestUnits: 1500 is not in whole thousands\. Write 2000/,
    ],
    ["an endpoint without an image", { ...endpoint, modelImage: undefined }, /^sluice:modelImage: an endpoint needs/],
    ["an image of nobody's", { ...endpoint, modelRegistry: undefined }, /^sluice:modelRegistry: an endpoint has to be/],
    [
      "an image of another registry",
      { ...endpoint, modelImage: IMAGE.replace("my", "your") },
      /^sluice:modelRegistry: "MyRegistry" is not the registry of "yourregistry\.azurecr\.io/,
    ],
    [
      "no model server on Azure ML",
      { ...azureMl, endpointMinInstances: "0" },
      /^sluice:endpointMinInstances: Azure ML keeps one model server at least\. Set it to 1/,
    ],
    [
      "more warm model servers than model servers",
      { ...endpoint, endpointMinInstances: "5", endpointMaxInstances: "4" },
      /^sluice:endpointMinInstances: 5 is more than the 4/,
    ],
    [
      "model servers for part of the partitions",
      { ...endpoint, endpointMaxInstances: "2", endpointConcurrency: "3" },
      /^sluice:endpointMaxInstances: 2 x `endpointConcurrency` 3 takes 6 requests .* Raise it to 3 at least/,
    ],
    ["memory on Azure ML", { ...azureMl, endpointMemoryMb: "2048" }, /^sluice:endpointMemoryMb: on Azure ML the/],
    [
      "answers that Azure ML does not wait for",
      { ...azureMl, timeoutSeconds: "181" },
      /^sluice:timeoutSeconds: 181 is/,
    ],
    [
      "a machine on Container Apps",
      { ...endpoint, endpointMachine: "Standard_F2s_v2" },
      /^sluice:endpointMachine: Con/,
    ],
    ["an image without an endpoint", { modelImage: IMAGE }, /^sluice:modelImage: there is no endpoint/],
    ["a registry without an endpoint", { modelRegistry: REGISTRY }, /^sluice:modelRegistry: there is no endpoint/],
    ["a kind of endpoint without one", { endpointType: "azure-ml" }, /^sluice:endpointType: there is no endpoint/],
    ["too little memory for a model", { memoryMb: "512" }, /^sluice:memoryMb: 512 is too little .* Raise it to 2048/],
    [
      "data both protected and deleted",
      { protect: "true", forceDestroy: "true" },
      /^sluice:forceDestroy: it contradicts `protect`/,
    ],
    ["a writer of no archive", { archive: "false", archiveBy: "function" }, /^sluice:archiveBy: nothing is archived/],
    ["a wait of the function's", { archiveSeconds: "60" }, /^sluice:archiveSeconds: only Capture waits/],
  ])("is %s", (_, given, message) => {
    const found = mistakes(given);

    expect(found).toEqual([expect.stringMatching(message)]);
  });

  it("is not a registry whose name is written in other letters", () => {
    expect(mistakes(endpoint)).toEqual([]);
  });

  it("is a pipeline whose events no message holds", () => {
    const found = mistakes({}, { ...demands, maxEventBytes: 1024 * 1024 });

    expect(found).toEqual([expect.stringMatching(/^sluice:pipeline: .* is more than a message of Event Hubs holds/)]);
  });

  it("is told together with all others", () => {
    expect(mistakes({ minInstances: "9", maxRequestUnits: "1500", memoryMb: "512" })).toHaveLength(3);
  });
});

type Given = Record<string, string | undefined>;

function config(given: Given) {
  const raw = Object.entries({ cloud: "azure", ...given }).flatMap(([key, text]) =>
    text === undefined ? [] : [[`sluice:${key}`, text] as const],
  );
  const { config, problems } = readConfig(azureConfig, Object.fromEntries(raw));
  if (config === undefined) throw problems[0];
  return config;
}

function mistakes(given: Given, asked = demands): string[] {
  return checkAzure(config(given), asked).map(({ message }) => message);
}
