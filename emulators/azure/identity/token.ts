import { createHmac, randomBytes } from "node:crypto";

/** Why a token is of no use. */
export type Refusal = "missing" | "invalid" | "expired" | "audience";

export interface Claims {
  /** For what it is: the resource, as it was asked for. */
  aud: string;
  /** Seconds since 1970. */
  exp: number;
}

export interface TokenIssuer {
  issue(resource: string, clientId: string, expires: number): string;
  /** What is wrong with `Bearer ...`; undefined if nothing is. */
  refusal(authorization: string | undefined, resource: string): Refusal | undefined;
  /** All tokens so far count as expired. */
  revoke(): void;
}

const ISSUER = "https://sts.windows.net/00000000-0000-0000-0000-000000000000/";
const HEADER = encoded({ typ: "JWT", alg: "HS256" });

/** Tokens in the form of Microsoft Entra's, but signed with a key that nobody else knows. */
export function createTokenIssuer(clock: { now(): number }): TokenIssuer {
  const secret = randomBytes(32);
  let count = 0;
  let revoked = 0;
  const signature = (text: string) => createHmac("sha256", secret).update(text).digest("base64url");

  return {
    issue: (aud, appid, exp) => {
      const iat = Math.floor(clock.now() / 1_000);
      const text = `${HEADER}.${encoded({ aud, iss: ISSUER, iat, nbf: iat, exp, appid, jti: ++count })}`;
      return `${text}.${signature(text)}`;
    },
    refusal: (authorization, resource) => {
      const [, token] = /^Bearer (.+)$/.exec(authorization ?? "") ?? [];
      if (token === undefined) return "missing";
      const [head = "", body = "", sign = ""] = token.split(".");
      if (sign !== signature(`${head}.${body}`)) return "invalid";
      const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Claims & { jti: number };
      if (claims.exp <= clock.now() / 1_000 || claims.jti <= revoked) return "expired";
      return bare(claims.aud) === bare(resource) ? undefined : "audience";
    },
    revoke: () => {
      revoked = count;
    },
  };
}

/** Whether there is a slash at the end depends on who asks. */
function bare(resource: string): string {
  return resource.replace(/\/$/, "");
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
