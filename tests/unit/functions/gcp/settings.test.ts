import { describe, expect, it } from "@jest/globals";
import { readSettings } from "../../../../functions/gcp/settings";

const COLLECTION = "projects/p/databases/d/documents/predictions";
const DEAD = "projects/p/topics/dead";
const NEEDED = { SLUICE_COLLECTION: COLLECTION, SLUICE_DEAD_TOPIC: DEAD };

describe("the function's settings", () => {
  it("are a collection and a dead topic; all else is left out unless it is asked for", () => {
    const settings = readSettings(NEEDED, "in-process");

    expect(settings).toEqual({
      collection: COLLECTION,
      deadTopic: DEAD,
      resultsTopic: undefined,
      actionsTopic: undefined,
      endpoint: undefined,
      ttlDays: undefined,
      timeoutMs: 60_000,
      push: undefined,
    });
  });

  it("come from the environment", () => {
    const environment = {
      ...NEEDED,
      SLUICE_INFERENCE: "endpoint",
      SLUICE_ENDPOINT: "https://model.a.run.app",
      SLUICE_ENDPOINT_KIND: "vertex",
      SLUICE_RESULTS_TOPIC: "projects/p/topics/results",
      SLUICE_ACTIONS_TOPIC: "projects/p/topics/actions",
      SLUICE_TTL_DAYS: "30",
      SLUICE_TIMEOUT_SECONDS: "90",
      SLUICE_PUSH_AUDIENCE: "https://function.a.run.app",
      SLUICE_PUSH_ACCOUNT: "push@p.iam.gserviceaccount.com",
      SLUICE_PUSH_KEYS: "http://127.0.0.1/keys",
    };

    const settings = readSettings(environment, "endpoint");

    expect(settings).toEqual({
      collection: COLLECTION,
      deadTopic: DEAD,
      resultsTopic: "projects/p/topics/results",
      actionsTopic: "projects/p/topics/actions",
      endpoint: { url: "https://model.a.run.app", kind: "vertex" },
      ttlDays: 30,
      timeoutMs: 90_000,
      push: {
        audience: "https://function.a.run.app",
        account: "push@p.iam.gserviceaccount.com",
        keys: "http://127.0.0.1/keys",
      },
    });
  });

  it("take an empty variable for one that is not set", () => {
    const empty = { SLUICE_ACTIONS_TOPIC: "", SLUICE_TTL_DAYS: " ", SLUICE_PUSH_AUDIENCE: "" };

    const settings = readSettings({ ...NEEDED, ...empty }, "in-process");

    expect(settings).toMatchObject({ actionsTopic: undefined, ttlDays: undefined, push: undefined });
  });

  it.each([
    ["SLUICE_COLLECTION", { SLUICE_COLLECTION: undefined }],
    ["SLUICE_DEAD_TOPIC", { SLUICE_DEAD_TOPIC: "" }],
    ["SLUICE_INFERENCE", { SLUICE_INFERENCE: "endpoint" }],
    ["SLUICE_INFERENCE", { SLUICE_INFERENCE: "gpu" }],
    ["SLUICE_TTL_DAYS", { SLUICE_TTL_DAYS: "0" }],
    ["SLUICE_TTL_DAYS", { SLUICE_TTL_DAYS: "1.5" }],
    ["SLUICE_TIMEOUT_SECONDS", { SLUICE_TIMEOUT_SECONDS: "soon" }],
    ["SLUICE_TIMEOUT_SECONDS", { SLUICE_TIMEOUT_SECONDS: "9" }],
    ["SLUICE_PUSH_ACCOUNT", { SLUICE_PUSH_AUDIENCE: "https://function.a.run.app" }],
    ["SLUICE_PUSH_AUDIENCE", { SLUICE_PUSH_ACCOUNT: "push@p.iam.gserviceaccount.com" }],
  ])("name %s where it is wrong: %j", (name, wrong) => {
    expect(() => readSettings({ ...NEEDED, ...wrong }, "in-process")).toThrow(
      expect.objectContaining({ name: "ConfigError", what: expect.stringContaining(`${name} is `) }),
    );
  });

  it("need an endpoint's URL where inference is there, on Cloud Run unless Vertex AI is named", () => {
    const url = { SLUICE_ENDPOINT: "https://model.a.run.app" };

    expect(() => readSettings(NEEDED, "endpoint")).toThrow("SLUICE_ENDPOINT is not set.");
    expect(() => readSettings({ ...NEEDED, ...url, SLUICE_ENDPOINT_KIND: "gke" }, "endpoint")).toThrow(
      "SLUICE_ENDPOINT_KIND is ",
    );
    expect(readSettings({ ...NEEDED, ...url }, "endpoint").endpoint).toMatchObject({ kind: "cloud-run" });
  });
});
