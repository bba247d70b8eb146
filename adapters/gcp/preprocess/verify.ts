import { verify } from "node:crypto";
import type { Clock } from "../../../shared/clock";
import { systemClock } from "../../system";
import { decodeJwt } from "../client/jwt";
import { type FetchKeys, googleKeys, type KeyRing, keyRing } from "./keys";

export interface VerifyPushOptions {
  /** Audience that the subscription puts into its tokens. */
  audience: string;
  /** E-mail address of the service account that the subscription pushes as. */
  account: string;
  /** Where the public keys come from. Default: Google's, of https://www.googleapis.com/oauth2/v3/certs. */
  fetchKeys?: FetchKeys | undefined;
  /** Hears why a push is refused; never any token. */
  log?: ((why: string) => void) | undefined;
  clock?: Clock | undefined;
}

const ISSUERS: ReadonlySet<unknown> = new Set(["https://accounts.google.com", "accounts.google.com"]);
/** How far two clocks may be apart. */
const LEEWAY_MS = 60_000;

/**
 * Checks who pushes, by the request's Authorization header: whether it holds a token that Google signed for our audience, of
 * the account that the subscription pushes as. https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 *
 * @throws SluiceError `unavailable`, `timeout` ... where Google's keys cannot be had.
 */
export function verifyPush(options: VerifyPushOptions): (authorization: string | undefined) => Promise<boolean> {
  const { fetchKeys = googleKeys(), log = () => {}, clock = systemClock } = options;
  const ring = keyRing(fetchKeys, clock);

  return async (authorization) => {
    const why = await fault(authorization, ring, options, clock.now());
    if (why !== undefined) log(`A push was refused: ${why}.`);
    return why === undefined;
  };
}

/** What is wrong with a token; undefined if nothing is. */
async function fault(
  authorization: string | undefined,
  ring: KeyRing,
  { audience, account }: VerifyPushOptions,
  now: number,
): Promise<string | undefined> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
  const jwt = token === undefined ? undefined : decodeJwt(token);
  if (jwt === undefined) return "it carries no token";
  const { header, claims, content, signature } = jwt;
  // Never what the token itself would have: `none` needs no key, and HS256 would take the public key for a secret.
  if (header["alg"] !== "RS256" || typeof header["kid"] !== "string") return "its token is not signed as Google's are";
  const key = await ring.get(header["kid"]);
  if (key === undefined) return "its token is signed with a key that is not Google's";
  if (!verify("RSA-SHA256", Buffer.from(content), key, signature)) return "its token's signature is wrong";

  if (!ISSUERS.has(claims["iss"])) return "its token comes from another issuer";
  if (claims["aud"] !== audience) return "its token is for another audience";
  if (claims["email"] !== account || claims["email_verified"] !== true) return "its token is another account's";
  if (!(msOf(claims["exp"]) > now - LEEWAY_MS)) return "its token has expired";
  if (!(msOf(claims["iat"]) < now + LEEWAY_MS)) return "its token comes from the future";
  return undefined;
}

function msOf(seconds: unknown): number {
  return typeof seconds === "number" ? seconds * 1_000 : Number.NaN;
}
