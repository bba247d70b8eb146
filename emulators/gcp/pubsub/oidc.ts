import { createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "../../../shared/clock";

/** Identity tokens in the place of Google's: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions */
export interface TokenIssuer {
  /** A JWT (RS256) for an account and an audience, good for an hour. */
  token(email: string, audience: string): Promise<string>;
  /** The public key, as https://www.googleapis.com/oauth2/v3/certs has Google's. */
  keys(): Promise<{ keys: object[] }>;
}

const HOUR_S = 3600;
/** A token is used again until this much of its time is left. */
const SPARE_S = 300;
const KEY_ID = "emulator-1";

export function createTokenIssuer(clock: Clock): TokenIssuer {
  const issued = new Map<string, { token: string; expires: number }>();
  let key: Promise<KeyObject> | undefined;
  // Making a key takes long: only for who uses it.
  const privateKey = () => {
    key ??= promisify(generateKeyPair)("rsa", { modulusLength: 2048 }).then((pair) => pair.privateKey);
    return key;
  };

  return {
    token: async (email, audience) => {
      const now = Math.floor(clock.now() / 1000);
      const id = JSON.stringify([email, audience]);
      const known = issued.get(id);
      if (known !== undefined && known.expires - now > SPARE_S) return known.token;
      const expires = now + HOUR_S;
      const claims = {
        aud: audience,
        azp: email,
        email,
        email_verified: true,
        exp: expires,
        iat: now,
        iss: "https://accounts.google.com",
        sub: email,
      };
      const token = signed(claims, await privateKey());
      issued.set(id, { token, expires });
      return token;
    },
    keys: async () => {
      const jwk = createPublicKey(await privateKey()).export({ format: "jwk" });
      return { keys: [{ ...jwk, kid: KEY_ID, alg: "RS256", use: "sig" }] };
    },
  };
}

function signed(claims: object, key: KeyObject): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const text = `${encode({ alg: "RS256", kid: KEY_ID, typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
}
