import type { Clock } from "../../../shared/clock";
import { HttpError } from "../../rest";
import type { Token } from "../../rest/token";
import type { TokenSource } from "./credentials";
import { jwtEnd } from "./jwt";

export interface SourceOptions {
  clock: Clock;
  /** Longest wait for an answer, milliseconds. */
  timeoutMs: number;
}

const ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default";

/** The server that every function and instance has: https://cloud.google.com/compute/docs/metadata/querying-metadata */
export function metadataSource({ clock, timeoutMs }: SourceOptions): TokenSource {
  return {
    access: async () => accessToken(await ask("/token", timeoutMs)),
    identity: async (audience) => {
      const value = (await ask(`/identity?audience=${encodeURIComponent(audience)}&format=full`, timeoutMs)).trim();
      return { value, lifetimeMs: (jwtEnd(value) ?? 0) - clock.now() };
    },
  };
}

/** `{"access_token": "...", "expires_in": 3599}`, as every OAuth server answers. */
export function accessToken(text: string): Token {
  const { access_token, expires_in } = JSON.parse(text) as { access_token?: unknown; expires_in?: unknown };
  if (typeof access_token !== "string") throw new Error("Could not load the default credentials: the answer has none.");
  return { value: access_token, lifetimeMs: typeof expires_in === "number" ? expires_in * 1_000 : 0 };
}

async function ask(path: string, timeoutMs: number): Promise<string> {
  const host = process.env["GCE_METADATA_HOST"] || "metadata.google.internal";
  const response = await fetch(`http://${host}${ACCOUNT}${path}`, {
    headers: { "metadata-flavor": "Google" },
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause) => {
    throw new Error(
      "Could not load the default credentials: there is no file of them, and no metadata server answers. Run `gcloud auth application-default login`.",
      { cause },
    );
  });
  const text = await response.text();
  if (!response.ok) throw new HttpError(response.status, Object.fromEntries(response.headers), text);
  return text;
}
