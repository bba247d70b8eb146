import { describe, expect, it } from "@jest/globals";
import { readBackoff } from "../../../../functions/azure/backoff";
import { readSettings } from "../../../../functions/azure/settings";

const CONTAINER = "https://a.documents.azure.com/dbs/d/colls/c";
const LETTERS = "https://a.blob.core.windows.net/letters";
const NEEDED = { SLUICE_HUB: "events", SLUICE_CONTAINER: CONTAINER, SLUICE_DEAD_LETTERS: LETTERS };

describe("the function's settings", () => {
  it("are a hub, a container and a place for dead letters; all else is left out unless it is asked for", () => {
    const settings = readSettings(NEEDED, "in-process");

    expect(settings).toEqual({
      hub: "events",
      consumerGroup: "sluice",
      container: CONTAINER,
      deadLetters: LETTERS,
      deadQueue: undefined,
      results: undefined,
      archive: undefined,
      actions: undefined,
      endpoint: undefined,
      ttlDays: undefined,
      latest: false,
      retries: 5,
      timeoutMs: 60_000,
    });
  });

  it("come from the environment", () => {
    const environment = {
      ...NEEDED,
      SLUICE_CONSUMER_GROUP: "blue",
      SLUICE_DEAD_QUEUE: "https://a.queue.core.windows.net/letters",
      SLUICE_RESULTS: "https://a.blob.core.windows.net/results",
      SLUICE_ARCHIVE: "https://a.blob.core.windows.net/raw",
      SLUICE_ACTIONS: "https://t.westeurope-1.eventgrid.azure.net/api/events",
      SLUICE_INFERENCE: "endpoint",
      SLUICE_ENDPOINT: "https://m.westeurope.inference.ml.azure.com/score",
      SLUICE_ENDPOINT_KIND: "azure-ml",
      SLUICE_ENDPOINT_DEPLOYMENT: "blue",
      SLUICE_TTL_DAYS: "30",
      SLUICE_LATEST: "1",
      SLUICE_RETRIES: "0",
      SLUICE_TIMEOUT_SECONDS: "90",
    };

    const settings = readSettings(environment, "endpoint");

    expect(settings).toEqual({
      hub: "events",
      consumerGroup: "blue",
      container: CONTAINER,
      deadLetters: LETTERS,
      deadQueue: "https://a.queue.core.windows.net/letters",
      results: "https://a.blob.core.windows.net/results",
      archive: "https://a.blob.core.windows.net/raw",
      actions: "https://t.westeurope-1.eventgrid.azure.net/api/events",
      endpoint: { url: "https://m.westeurope.inference.ml.azure.com/score", kind: "azure-ml", deployment: "blue" },
      ttlDays: 30,
      latest: true,
      retries: 0,
      timeoutMs: 90_000,
    });
  });

  it("take an empty variable for one that is not set", () => {
    const empty = { SLUICE_ACTIONS: "", SLUICE_ARCHIVE: " ", SLUICE_CONSUMER_GROUP: "" };

    const settings = readSettings({ ...NEEDED, ...empty }, "in-process");

    expect(settings).toMatchObject({ actions: undefined, archive: undefined, consumerGroup: "sluice" });
  });

  it.each([
    ["SLUICE_HUB", { SLUICE_HUB: undefined }],
    ["SLUICE_CONTAINER", { SLUICE_CONTAINER: "" }],
    ["SLUICE_DEAD_LETTERS", { SLUICE_DEAD_LETTERS: " " }],
    ["SLUICE_INFERENCE", { SLUICE_INFERENCE: "endpoint" }],
    ["SLUICE_TTL_DAYS", { SLUICE_TTL_DAYS: "1.5" }],
    ["SLUICE_LATEST", { SLUICE_LATEST: "yes" }],
    ["SLUICE_RETRIES", { SLUICE_RETRIES: "-1" }],
    ["SLUICE_TIMEOUT_SECONDS", { SLUICE_TIMEOUT_SECONDS: "9" }],
    ["SLUICE_MIN_BACKOFF_SECONDS", { SLUICE_MIN_BACKOFF_SECONDS: "0" }],
    ["SLUICE_MAX_BACKOFF_SECONDS", { SLUICE_MIN_BACKOFF_SECONDS: "10", SLUICE_MAX_BACKOFF_SECONDS: "9" }],
  ])("name %s where it is wrong: %j", (name, wrong) => {
    expect(() => readSettings({ ...NEEDED, ...wrong }, "in-process")).toThrow(
      expect.objectContaining({ name: "ConfigError", what: expect.stringContaining(`${name} is `) }),
    );
  });

  it("need an endpoint's URL where inference is there, in a container app unless Azure ML is named", () => {
    const url = { SLUICE_ENDPOINT: "https://model.azurecontainerapps.io" };

    expect(() => readSettings(NEEDED, "endpoint")).toThrow("SLUICE_ENDPOINT is not set.");
    expect(() => readSettings({ ...NEEDED, ...url, SLUICE_ENDPOINT_KIND: "aks" }, "endpoint")).toThrow(
      "SLUICE_ENDPOINT_KIND is ",
    );
    expect(readSettings({ ...NEEDED, ...url }, "endpoint").endpoint).toMatchObject({ kind: "container-app" });
  });
});

describe("the host's pauses", () => {
  it.each([
    [{}, { minSeconds: 10, maxSeconds: 300 }],
    [
      { SLUICE_MIN_BACKOFF_SECONDS: "1", SLUICE_MAX_BACKOFF_SECONDS: "2" },
      { minSeconds: 1, maxSeconds: 2 },
    ],
    // The most is never less than the least.
    [{ SLUICE_MIN_BACKOFF_SECONDS: "600" }, { minSeconds: 600, maxSeconds: 600 }],
  ])("of %j are %j", (environment, expected) => {
    expect(readBackoff(environment)).toEqual(expected);
  });
});
