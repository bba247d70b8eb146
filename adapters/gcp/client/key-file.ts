import { readFileSync } from "node:fs";
import * as z from "zod";
import { ConfigError } from "../../../shared/errors";
import { HttpError } from "../../rest";
import type { Token } from "../../rest/token";
import type { TokenSource } from "./credentials";

import { jwtEnd, signJwt } from "./jwt";
import { accessToken, type SourceOptions } from "./metadata";

const TOKEN_URI = "https://oauth2.googleapis.com/token";
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
/** Longest that Google lets a signed assertion live, seconds. */
const ASSERTION_SECONDS = 3_600;

const person = z.object({
  type: z.literal("authorized_user"),
  client_id: z.string(),
  client_secret: z.string(),
  refresh_token: z.string(),
  quota_project_id: z.string().optional(),
  token_uri: z.string().default(TOKEN_URI),
});

const account = z.object({
  type: z.literal("service_account"),
  client_email: z.string(),
  private_key: z.string(),
  private_key_id: z.string().optional(),
  token_uri: z.string().default(TOKEN_URI),
});

const keys = z.discriminatedUnion("type", [person, account]);

/** Tokens for a person's refresh token, or for a service account's key. */
export function keyFileSource(file: string, options: SourceOptions): TokenSource {
  const key = read(file);
  const { clock } = options;
  const grant = (extra: object): Record<string, string> => {
    if (key.type === "authorized_user") {
      const { client_id, client_secret, refresh_token } = key;
      return { grant_type: "refresh_token", client_id, client_secret, refresh_token };
    }
    const iat = Math.floor(clock.now() / 1_000);
    const claims = { iss: key.client_email, aud: key.token_uri, iat, exp: iat + ASSERTION_SECONDS, ...extra };
    return {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: signJwt(claims, { kid: key.private_key_id, privateKey: key.private_key }),
    };
  };
  return {
    quotaProject: key.type === "authorized_user" ? key.quota_project_id : undefined,
    access: async () => accessToken(await exchange(key.token_uri, grant({ scope: SCOPE }), options)),
    // A person's identity token has gcloud's own audience, which Cloud Run takes too.
    identity: async (audience) =>
      identityToken(await exchange(key.token_uri, grant({ target_audience: audience }), options), clock.now()),
  };
}

function read(file: string): z.output<typeof keys> {
  try {
    return keys.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new ConfigError(
      "this is no file of a person's or a service account's credentials.",
      file,
      "Run `gcloud auth application-default login`, or set GOOGLE_OAUTH_ACCESS_TOKEN to what `gcloud auth print-access-token` says.",
      { cause },
    );
  }
}

async function exchange(uri: string, form: Record<string, string>, { timeoutMs }: SourceOptions): Promise<string> {
  const response = await fetch(uri, {
    method: "POST",
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (!response.ok) throw new HttpError(response.status, Object.fromEntries(response.headers), text);
  return text;
}

function identityToken(text: string, now: number): Token {
  const { id_token: value } = JSON.parse(text) as { id_token?: unknown };
  if (typeof value !== "string")
    throw new Error("Could not load the default credentials: the answer has no identity token.");
  return { value, lifetimeMs: (jwtEnd(value) ?? 0) - now };
}
