import { describe, expect, it } from "@jest/globals";
import { azureConfig } from "../../../../infra/config/azure";
import { readConfig } from "../../../../infra/config/read";

describe("the configuration of an Azure stack", () => {
  it("has defaults that cost next to nothing while there are no events", () => {
    const { config } = readConfig(azureConfig, { "sluice:cloud": "azure" });

    expect(config).toMatchObject({
      inference: "in-process",
      partitions: 8,
      throughputUnits: 1,
      minInstances: 0,
      nodeVersion: 22,
      retries: 5,
      archive: true,
      dailyLogGb: 1,
      protect: false,
      forceDestroy: false,
      tags: {},
    });
    expect(config).not.toHaveProperty("archiveBy");
    expect(config).not.toHaveProperty("maxRequestUnits");
  });

  it.each(Object.keys(azureConfig.shape))("documents %s, with an example that is taken", (key) => {
    const { description, example } = azureConfig.shape[key as keyof typeof azureConfig.shape].meta() ?? {};

    expect(description).toMatch(/^\S.*[^.]$/);
    const text = String(example).replace(/(\w+): /g, '"$1": ');
    const given = key === "cloud" ? "azure" : text;
    expect(readConfig(azureConfig, { "sluice:cloud": "azure", [`sluice:${key}`]: given }).problems).toBeUndefined();
  });

  it.each(["notifyActions", "tracing"])("refuses %s, which would do nothing", (key) => {
    const { problems = [] } = readConfig(azureConfig, { "sluice:cloud": "azure", [`sluice:${key}`]: "true" });

    expect(problems.map(({ what }) => what)).toEqual(["there is no such key."]);
  });

  it.each([
    ["a slash", '{"cost/center":"42"}'],
    ["a reserved beginning", '{"Microsoft-team":"payments"}'],
  ])("refuses tags with %s in a name, which AWS would take", (_, tags) => {
    const { problems = [] } = readConfig(azureConfig, { "sluice:cloud": "azure", "sluice:tags": tags });

    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^sluice:tags: .* is not a map of tags: a name has no slash/),
    ]);
  });

  it.each([
    ["partitions", "4"],
    ["memoryMb", "1024"],
    ["nodeVersion", "20"],
    ["retentionHours", "169"],
    ["endpointMemoryMb", "512"],
    ["archiveBy", "firehose"],
    ["endpointType", "serverless"],
    ["modelRegistry", "myregistry"],
    ["dailyLogGb", "0"],
  ])("takes no %s of %s", (key, text) => {
    const { problems = [] } = readConfig(azureConfig, { "sluice:cloud": "azure", [`sluice:${key}`]: text });

    expect(problems.map(({ where }) => where)).toEqual([`sluice:${key}`]);
  });

  it.each(["latest", "docker.io/library/node:24", "myregistry.azurecr.io/model", "my-registry.azurecr.io/model:1"])(
    "takes no image %s",
    (image) => {
      const { problems = [] } = readConfig(azureConfig, { "sluice:cloud": "azure", "sluice:modelImage": image });

      expect(problems.map(({ where }) => where)).toEqual(["sluice:modelImage"]);
    },
  );
});
