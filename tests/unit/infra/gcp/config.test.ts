import { describe, expect, it } from "@jest/globals";
import { gcpConfig } from "../../../../infra/config/gcp";
import { readConfig } from "../../../../infra/config/read";

describe("the configuration of a Google Cloud stack", () => {
  it("has defaults that cost nothing while there are no events", () => {
    const { config } = readConfig(gcpConfig, { "sluice:cloud": "gcp" });

    expect(config).toMatchObject({
      inference: "in-process",
      concurrency: 80,
      cpu: 1,
      minInstances: 0,
      retries: 10,
      archive: true,
      bigquery: true,
      protect: false,
      tags: {},
    });
  });

  it.each(Object.keys(gcpConfig.shape))("documents %s, with an example that is taken", (key) => {
    const { description, example } = gcpConfig.shape[key as keyof typeof gcpConfig.shape].meta() ?? {};

    expect(description).toMatch(/^\S.*[^.]$/);
    const text = String(example).replace(/(\w+): /g, '"$1": ');
    const given = key === "cloud" ? "gcp" : text;
    expect(readConfig(gcpConfig, { "sluice:cloud": "gcp", [`sluice:${key}`]: given }).problems).toBeUndefined();
  });

  it.each(["latest", "ndjson", "notifyActions", "tracing"])("refuses %s, which would do nothing", (key) => {
    const { problems = [] } = readConfig(gcpConfig, { "sluice:cloud": "gcp", [`sluice:${key}`]: "true" });

    expect(problems.map(({ what }) => what)).toEqual(["there is no such key."]);
  });

  it.each([
    ["capitals", '{"team":"Payments"}'],
    ["a name that starts with a digit", '{"1team":"x"}'],
    ["spaces", '{"cost center":"42"}'],
    ["a long value", `{"team":"${"x".repeat(64)}"}`],
  ])("refuses labels with %s, which AWS would take as tags", (_, tags) => {
    const { problems = [] } = readConfig(gcpConfig, { "sluice:cloud": "gcp", "sluice:tags": tags });

    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^sluice:tags: .* is not a map of labels: lower-case letters/),
    ]);
  });

  it.each([
    "latest",
    "gcr.io/my-project/model:1",
    "us-central1-docker.pkg.dev/my-project/model",
    "docker.io/library/node",
  ])("takes no image %s", (image) => {
    const { problems = [] } = readConfig(gcpConfig, { "sluice:cloud": "gcp", "sluice:modelImage": image });

    expect(problems.map(({ where }) => where)).toEqual(["sluice:modelImage"]);
  });
});
