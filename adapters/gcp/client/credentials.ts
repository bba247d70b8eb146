import type { Clock } from "../../../shared/clock";
import { type Token, type TokenKeeper, tokenKeeper } from "../../rest/token";
import { systemClock } from "../../system";
import { keyFile } from "./key-file-path";
import { metadataSource } from "./metadata";

/** What calls say of who makes them. */
export interface GcpCredentials {
  /** Headers with an access token. */
  headers(signal?: AbortSignal): Promise<Record<string, string>>;
  /** An identity token of the account, signed by Google for this audience. */
  identityToken(audience: string, signal?: AbortSignal): Promise<string>;
  /** Forgets the tokens, because one was refused. */
  forget(): void;
}

export interface GcpCredentialsOptions {
  clock?: Clock | undefined;
  /** Longest wait for a token, milliseconds. Default 5 s. */
  timeoutMs?: number | undefined;
}

/** Where tokens are made. */
export interface TokenSource {
  access(): Promise<Token>;
  identity(audience: string): Promise<Token>;
  /** The project that pays for a person's calls, where one is named. */
  quotaProject?: string | undefined;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const MARGIN_MS = 60_000;

/**
 * Credentials from the surroundings, in this order: GOOGLE_OAUTH_ACCESS_TOKEN; the file that GOOGLE_APPLICATION_CREDENTIALS
 * names, or the one that `gcloud auth application-default login` wrote; the metadata server of the function
 * (GCE_METADATA_HOST). Tokens are kept until a minute before their end, and fetched once for all who wait.
 *
 * Throws ConfigError if the file is none of ours; the rest is for `gcpError` to read.
 */
export function gcpCredentials(options: GcpCredentialsOptions = {}): GcpCredentials {
  const { clock = systemClock, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  let found: Promise<TokenSource> | undefined;
  const tokens = new Map<string, TokenKeeper>();

  function source(): Promise<TokenSource> {
    found ??= findSource(clock, timeoutMs);
    found.catch(() => {
      found = undefined;
    });
    return found;
  }

  function kept(name: string, make: (from: TokenSource) => Promise<Token>): TokenKeeper {
    let token = tokens.get(name);
    if (token === undefined) {
      token = tokenKeeper(async () => make(await source()), { clock, marginMs: MARGIN_MS });
      tokens.set(name, token);
    }
    return token;
  }

  return {
    headers: async (signal) => {
      const { value } = await kept("", (from) => from.access()).get(signal);
      const { quotaProject } = await source();
      return {
        authorization: `Bearer ${value}`,
        ...(quotaProject === undefined ? {} : { "x-goog-user-project": quotaProject }),
      };
    },
    identityToken: async (audience, signal) =>
      (await kept(` ${audience}`, (from) => from.identity(audience)).get(signal)).value,
    forget: () => tokens.clear(),
  };
}

async function findSource(clock: Clock, timeoutMs: number): Promise<TokenSource> {
  if (process.env["GOOGLE_OAUTH_ACCESS_TOKEN"]) return givenSource();
  const file = keyFile();
  if (file === undefined) return metadataSource({ clock, timeoutMs });
  // An operator's machine only: a function need not load what reads it.
  const { keyFileSource } = await import("./key-file");
  return keyFileSource(file, { clock, timeoutMs });
}

/** A token by itself: read again each time, so that whoever set it can set the next one. */
function givenSource(): TokenSource {
  return {
    access: async () => ({ value: process.env["GOOGLE_OAUTH_ACCESS_TOKEN"] ?? "", lifetimeMs: 0 }),
    identity: async () => {
      throw new Error(
        "Could not load the default credentials: the access token in GOOGLE_OAUTH_ACCESS_TOKEN gives no identity token.",
      );
    },
  };
}
