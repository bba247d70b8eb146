import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { Clock } from "../../../shared/clock";
import { fieldsOf } from "../../look";
import { gcpClient } from "../client";
import { gcpError } from "../errors";

/** Public keys as a JSON Web Key Set (RFC 7517), and how long they may be kept, milliseconds. */
export type FetchKeys = () => Promise<{ keys: readonly unknown[]; maxAgeMs: number }>;

const GOOGLE = "https://www.googleapis.com/oauth2/v3/certs";
/** Kept at least so long, so that tokens with keys that nobody has seen cannot make us ask for each of them. */
const MIN_AGE_MS = 60_000;
const DEFAULT_MAX_AGE_MS = 3_600_000;

export interface KeyRing {
  /** The key of this name; undefined if there is none. */
  get(kid: string): Promise<KeyObject | undefined>;
}

/** Keys kept as long as they may be. A name that is not among them is looked up again: Google changes its keys every few days. */
export function keyRing(fetchKeys: FetchKeys, clock: Clock): KeyRing {
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let maxAgeMs = 0;
  let underWay: Promise<void> | undefined;

  const renew = async () => {
    try {
      const fetched = await fetchKeys();
      keys = new Map(fetched.keys.flatMap(named));
      fetchedAt = clock.monotonic();
      maxAgeMs = Math.max(fetched.maxAgeMs, MIN_AGE_MS);
    } finally {
      underWay = undefined;
    }
  };

  return {
    get: async (kid) => {
      const age = clock.monotonic() - fetchedAt;
      if (age >= maxAgeMs || (!keys.has(kid) && age >= MIN_AGE_MS)) {
        underWay ??= renew();
        await underWay;
      }
      return keys.get(kid);
    },
  };
}

/** Keys from a URL, kept as long as its Cache-Control says. */
export function googleKeys(url = GOOGLE): FetchKeys {
  const { origin, pathname, search } = new URL(url);
  // Nobody needs to sign in for these.
  const credentials = { headers: async () => ({}), identityToken: async () => "", forget() {} };
  const client = gcpClient({ endpoint: origin, credentials });
  return async () => {
    try {
      const { headers, body } = await client.bytes({ path: pathname + search });
      const { keys } = JSON.parse(Buffer.from(body).toString()) as { keys: readonly unknown[] };
      const seconds = /\bmax-age=(\d{1,9})\b/.exec(headers["cache-control"] ?? "")?.[1];
      return { keys, maxAgeMs: seconds === undefined ? DEFAULT_MAX_AGE_MS : Number(seconds) * 1_000 };
    } catch (thrown) {
      throw gcpError(thrown, { stage: "preprocess", adapter: "gcp/preprocess", coordinates: { url } });
    }
  };
}

function named(key: unknown): [string, KeyObject][] {
  const field = fieldsOf(key);
  const kid = field("kid");
  if (typeof kid !== "string" || field("kty") !== "RSA") return [];
  try {
    return [[kid, createPublicKey({ key: key as JsonWebKey, format: "jwk" })]];
  } catch {
    return [];
  }
}
