import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { pubsubHarness } from "./pubsub-harness";
import { pushEndpoint } from "./push-endpoint";

const EMAIL = "push@p.iam.gserviceaccount.com";
const HOUR_S = 3600;

/** The parts of a token whose signature is that of one of the keys. */
async function verified(authorization: string | undefined, jwksUrl: string) {
  const [header = "", claims = "", signature = ""] = (authorization ?? "").replace("Bearer ", "").split(".");
  const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  const response = await fetch(jwksUrl);
  const { keys } = (await response.json()) as { keys: (JsonWebKey & { kid: string })[] };
  const jwk = keys.find(({ kid }) => kid === decode(header).kid);
  const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
  const isValid = verify("RSA-SHA256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"));
  return { isValid, header: decode(header), claims: decode(claims) };
}

describe("the token of a push", () => {
  it("is signed with the key that the emulator publishes, for the account and the audience", async () => {
    const { clock, pubsub, subscribe, publish } = await pubsubHarness();
    const endpoint = await pushEndpoint();
    const oidcToken = { serviceAccountEmail: EMAIL, audience: "https://function.example" };
    subscribe({ pushConfig: { pushEndpoint: endpoint.url, oidcToken } });

    publish("a");
    await pubsub.idle();
    const token = await verified(endpoint.requests[0]?.headers.authorization, pubsub.jwksUrl);

    const now = Math.floor(clock.now() / 1000);
    expect(token.isValid).toBe(true);
    expect(token.header).toEqual({ alg: "RS256", kid: expect.any(String), typ: "JWT" });
    expect(token.claims).toEqual({
      iss: "https://accounts.google.com",
      aud: "https://function.example",
      azp: EMAIL,
      sub: expect.any(String),
      email: EMAIL,
      email_verified: true,
      iat: now,
      exp: now + HOUR_S,
    });
  });

  it("is for the endpoint itself where no audience is set", async () => {
    const { pubsub, subscribe, publish } = await pubsubHarness();
    const endpoint = await pushEndpoint();
    subscribe({ pushConfig: { pushEndpoint: endpoint.url, oidcToken: { serviceAccountEmail: EMAIL } } });

    publish("a");
    await pubsub.idle();

    const { claims } = await verified(endpoint.requests[0]?.headers.authorization, pubsub.jwksUrl);
    expect(claims.aud).toBe(endpoint.url);
  });

  it("is used again until shortly before its end", async () => {
    const { clock, pubsub, subscribe, publish } = await pubsubHarness();
    const endpoint = await pushEndpoint();
    subscribe({ pushConfig: { pushEndpoint: endpoint.url, oidcToken: { serviceAccountEmail: EMAIL } } });

    for (const ms of [0, 3_000_000, 300_000]) {
      await clock.advance(ms);
      publish("a");
      await pubsub.idle();
    }

    const tokens = endpoint.requests.map(({ headers }) => headers.authorization);
    expect(tokens[1]).toBe(tokens[0]);
    expect(tokens[2]).not.toBe(tokens[0]);
  });
});
