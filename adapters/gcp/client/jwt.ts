import { createSign } from "node:crypto";

/** A token taken apart, unverified. */
export interface Jwt {
  header: Readonly<Record<string, unknown>>;
  claims: Readonly<Record<string, unknown>>;
  /** What the signature is of. */
  content: string;
  signature: Buffer;
}

/** Takes a JSON Web Token apart (RFC 7519). Undefined if it is none. */
export function decodeJwt(token: string): Jwt | undefined {
  const [first = "", second = "", third = "", ...rest] = token.split(".");
  const [header, claims] = [decoded(first), decoded(second)];
  if (header === undefined || claims === undefined || rest.length > 0) return undefined;
  return { header, claims, content: `${first}.${second}`, signature: Buffer.from(third, "base64url") };
}

/** When a token ends, milliseconds since 1970, by its own word; undefined if it does not say. */
export function jwtEnd(token: string): number | undefined {
  const exp = decodeJwt(token)?.claims["exp"];
  return typeof exp === "number" ? exp * 1_000 : undefined;
}

/** A JSON Web Token signed with RS256. */
export function signJwt(claims: object, { kid, privateKey }: { kid: string | undefined; privateKey: string }): string {
  const content = `${encoded({ alg: "RS256", typ: "JWT", ...(kid === undefined ? {} : { kid }) })}.${encoded(claims)}`;
  return `${content}.${createSign("RSA-SHA256").update(content).sign(privateKey, "base64url")}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function decoded(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
