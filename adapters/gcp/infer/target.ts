import { ConfigError } from "../../../shared/errors";

export type EndpointKind = "cloud-run" | "vertex";

/** Where requests go. */
export interface Target {
  origin: string;
  path: string;
  /** Longest request and longest answer that the platform passes on, bytes. */
  maxRequestBytes: number;
}

/** Our model server's route, where the URL names none. */
const ROUTE = "/score";

/** Our model server takes 10 MiB; Cloud Run passes on 32 MiB. */
const CLOUD_RUN_MAX_BYTES = 10_000_000;

/** https://cloud.google.com/vertex-ai/docs/predictions/using-dedicated-endpoints */
const VERTEX_MAX_BYTES = { shared: 1_500_000, dedicated: 10_000_000 };

/** Dedicated endpoints have host names of their own, as `<endpoint>.<region>-<project number>.prediction.vertexai.goog`. */
const DEDICATED = /\.prediction\.vertexai\.goog$/;

const RAW_PREDICT = ":rawPredict";

/** @throws ConfigError if it is no URL of that kind. */
export function targetOf(url: string, kind: EndpointKind): Target {
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw new ConfigError("it is no URL.", `endpoint ${url}`, "Give the whole URL, as `https://model-abc.a.run.app`.");
  const { origin, hostname, pathname, search } = new URL(url);
  if (kind === "cloud-run")
    return { origin, path: (pathname === "/" ? ROUTE : pathname) + search, maxRequestBytes: CLOUD_RUN_MAX_BYTES };
  if (!pathname.endsWith(RAW_PREDICT))
    throw new ConfigError(
      "it does not end with `:rawPredict`, and `:predict` takes JSON alone.",
      `Vertex AI endpoint ${url}`,
      "Give the URL up to `/endpoints/<id>:rawPredict`.",
    );
  const maxRequestBytes = DEDICATED.test(hostname) ? VERTEX_MAX_BYTES.dedicated : VERTEX_MAX_BYTES.shared;
  return { origin, path: pathname + search, maxRequestBytes };
}
