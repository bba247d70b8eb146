import { describe, expect, it } from "@jest/globals";
import { readSettings } from "../../../../functions/aws/settings";

const NEEDED = { SLUICE_TABLE: "predictions", SLUICE_BUCKET: "letters" };

describe("the function's settings", () => {
  it("are a table and a bucket; all else is left out unless it is asked for", () => {
    const settings = readSettings(NEEDED, "in-process");

    expect(settings).toEqual({
      table: "predictions",
      bucket: "letters",
      bus: undefined,
      endpoint: undefined,
      ttlDays: undefined,
      ndjsonPrefix: undefined,
      latest: false,
    });
  });

  it("come from the environment", () => {
    const environment = {
      ...NEEDED,
      SLUICE_INFERENCE: "endpoint",
      SLUICE_ENDPOINT: "models",
      SLUICE_BUS: "bus",
      SLUICE_TTL_DAYS: "30",
      SLUICE_NDJSON_PREFIX: "predictions/",
      SLUICE_LATEST: "1",
    };

    const settings = readSettings(environment, "endpoint");

    expect(settings).toEqual({
      table: "predictions",
      bucket: "letters",
      bus: "bus",
      endpoint: "models",
      ttlDays: 30,
      ndjsonPrefix: "predictions/",
      latest: true,
    });
  });

  it("take an empty variable for one that is not set", () => {
    const settings = readSettings(
      { ...NEEDED, SLUICE_BUS: "", SLUICE_TTL_DAYS: " ", SLUICE_LATEST: "0" },
      "in-process",
    );

    expect(settings).toMatchObject({ bus: undefined, ttlDays: undefined, latest: false });
  });

  it.each([
    ["SLUICE_TABLE", { SLUICE_TABLE: undefined }],
    ["SLUICE_BUCKET", { SLUICE_BUCKET: "" }],
    ["SLUICE_INFERENCE", { SLUICE_INFERENCE: "endpoint" }],
    ["SLUICE_INFERENCE", { SLUICE_INFERENCE: "gpu" }],
    ["SLUICE_TTL_DAYS", { SLUICE_TTL_DAYS: "0" }],
    ["SLUICE_TTL_DAYS", { SLUICE_TTL_DAYS: "1.5" }],
    ["SLUICE_TTL_DAYS", { SLUICE_TTL_DAYS: "-1" }],
    ["SLUICE_LATEST", { SLUICE_LATEST: "yes" }],
  ])("name %s where it is wrong: %j", (name, wrong) => {
    expect(() => readSettings({ ...NEEDED, ...wrong }, "in-process")).toThrow(
      expect.objectContaining({ name: "ConfigError", what: expect.stringContaining(`${name} is `) }),
    );
  });

  it("need an endpoint's name where inference is there", () => {
    expect(() => readSettings(NEEDED, "endpoint")).toThrow("SLUICE_ENDPOINT is not set.");
  });
});
