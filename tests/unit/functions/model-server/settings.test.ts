import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "sluice";
import { DEFAULT_ROUTES } from "../../../../functions/model-server/routes";
import { type Environment, settingsFrom } from "../../../../functions/model-server/settings";

const IMAGE = "/app/model";

describe("a model server's settings", () => {
  it("are a container's without any variable: all interfaces, port 8080, SageMaker's folder or the image's", () => {
    const settings = settingsFrom({}, IMAGE);

    expect(settings).toMatchObject({ host: "0.0.0.0", port: 8080, modelDirs: ["/opt/ml/model", IMAGE] });
    expect(settings.routes).toEqual(DEFAULT_ROUTES);
  });

  it.each<[string, Environment, number]>([
    ["SageMaker", { SAGEMAKER_BIND_TO_PORT: "8081" }, 8081],
    ["Vertex AI", { AIP_HTTP_PORT: "8082", PORT: "1" }, 8082],
    ["Cloud Run and Container Apps", { PORT: "8083" }, 8083],
    ["an empty variable", { PORT: "" }, 8080],
  ])("take the port from %s", (_, environment, port) => {
    expect(settingsFrom(environment, IMAGE).port).toBe(port);
  });

  it("add the routes that Vertex AI names to ours", () => {
    const { routes } = settingsFrom({ AIP_HEALTH_ROUTE: "/health", AIP_PREDICT_ROUTE: "/v1/predict" }, IMAGE);

    expect(routes?.ready).toEqual(["/ready", "/ping", "/health"]);
    expect(routes?.predict).toEqual(["/invocations", "/score", "/predict", "/v1/predict"]);
  });

  it("look for the model where Azure ML puts it, or only where they are told to", () => {
    const azure = settingsFrom({ AZUREML_MODEL_DIR: "/var/model" }, IMAGE);
    const told = settingsFrom({ AZUREML_MODEL_DIR: "/var/model", SLUICE_MODEL_DIR: "/mine" }, IMAGE);

    expect(azure.modelDirs).toEqual(["/var/model", IMAGE]);
    expect(told.modelDirs).toEqual(["/mine"]);
  });

  it("hold what may be tuned", () => {
    const settings = settingsFrom(
      {
        SLUICE_HOST: "127.0.0.1",
        SLUICE_THREADS: "2",
        SLUICE_MAX_ROWS: "500",
        SLUICE_MAX_BODY_BYTES: "1000000",
        SLUICE_MAX_REQUESTS: "8",
      },
      IMAGE,
    );

    expect(settings).toMatchObject({
      host: "127.0.0.1",
      threads: 2,
      maxRows: 500,
      maxBodyBytes: 1_000_000,
      limits: { maxRequests: 8 },
    });
  });

  it.each([
    ["PORT", "http"],
    ["PORT", "65536"],
    ["AIP_HTTP_PORT", "-1"],
    ["SLUICE_THREADS", "0"],
    ["SLUICE_MAX_ROWS", "1.5"],
    ["SLUICE_MAX_REQUESTS", "many"],
  ])("name %s when it is %j", (name, value) => {
    const read = () => settingsFrom({ [name]: value }, IMAGE);

    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`variable ${name}: "${value}"`);
  });
});
