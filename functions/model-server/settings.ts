import path from "node:path";
import { ConfigError } from "../../shared/errors";
import { DEFAULT_ROUTES, type Routes } from "./routes";
import type { ModelServerOptions } from "./server";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where SageMaker unpacks model.tar.gz. */
const SAGEMAKER_MODEL_DIR = "/opt/ml/model";
const PORT = "8080";

/**
 * What a platform's environment says:
 *
 * | | port | model | routes |
 * | --- | --- | --- | --- |
 * | SageMaker | SAGEMAKER_BIND_TO_PORT | /opt/ml/model | fixed |
 * | Vertex AI | AIP_HTTP_PORT | in the image | AIP_HEALTH_ROUTE, AIP_PREDICT_ROUTE |
 * | Azure ML | as the environment's routes say: 8080 | AZUREML_MODEL_DIR, or in the image | as the environment names them |
 * | Cloud Run, Container Apps | PORT | in the image | ours |
 *
 * SLUICE_MODEL_DIR goes before all of them. SLUICE_HOST, SLUICE_THREADS, SLUICE_MAX_ROWS, SLUICE_MAX_BODY_BYTES and
 * SLUICE_MAX_REQUESTS are optional. AIP_STORAGE_URI is not read: the model of Vertex AI is in the image.
 *
 * @param imageModelDir the folder of the model in the image.
 * @throws ConfigError that names the variable.
 */
export function settingsFrom(environment: Environment, imageModelDir: string): ModelServerOptions {
  const given = (name: string) => environment[name] || undefined;
  const number = (name: string) => {
    const text = given(name);
    return text === undefined ? undefined : wholeNumber(name, text);
  };
  const mounted = given("AZUREML_MODEL_DIR") ?? SAGEMAKER_MODEL_DIR;
  const chosen = given("SLUICE_MODEL_DIR");
  const portName = ["SAGEMAKER_BIND_TO_PORT", "AIP_HTTP_PORT", "PORT"].find(given) ?? "PORT";

  return {
    // A container's port is reached from outside of it only on all interfaces.
    host: given("SLUICE_HOST") ?? "0.0.0.0",
    port: portNumber(portName, given(portName) ?? PORT),
    modelDirs: chosen === undefined ? [mounted, imageModelDir] : [path.resolve(chosen)],
    threads: number("SLUICE_THREADS"),
    maxRows: number("SLUICE_MAX_ROWS"),
    maxBodyBytes: number("SLUICE_MAX_BODY_BYTES"),
    limits: limitsOf(number("SLUICE_MAX_REQUESTS")),
    routes: routesOf(given("AIP_HEALTH_ROUTE"), given("AIP_PREDICT_ROUTE")),
  };
}

function limitsOf(maxRequests: number | undefined) {
  return maxRequests === undefined ? {} : { maxRequests };
}

function routesOf(health: string | undefined, predict: string | undefined): Routes {
  return {
    live: DEFAULT_ROUTES.live,
    ready: health === undefined ? DEFAULT_ROUTES.ready : [...DEFAULT_ROUTES.ready, health],
    predict: predict === undefined ? DEFAULT_ROUTES.predict : [...DEFAULT_ROUTES.predict, predict],
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ConfigError(
    `${JSON.stringify(text)} is not a positive whole number.`,
    `variable ${name}`,
    "Correct it, or leave it out.",
  );
}

/** 0 asks the system for any free port. */
function portNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new ConfigError(
    `${JSON.stringify(text)} is not a port.`,
    `variable ${name}`,
    "Use a number from 1 to 65535, as 8080.",
  );
}
