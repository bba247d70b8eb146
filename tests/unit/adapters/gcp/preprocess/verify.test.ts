import { createHmac, createSign, generateKeyPairSync, type JsonWebKey, type KeyObject } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type FetchKeys, googleKeys } from "../../../../../adapters/gcp/preprocess/keys";
import { type VerifyPushOptions, verifyPush } from "../../../../../adapters/gcp/preprocess/verify";
import { errorOf } from "../../../../support/contract";
import { withGcpStub } from "../../../../support/gcp-stub";
import { manualClock } from "../../../../support/manual-clock";

const START = Date.UTC(2026, 0, 1);
const SECONDS = START / 1_000;
const first = keyPair();
const second = keyPair();

const CLAIMS = {
  iss: "https://accounts.google.com",
  aud: "https://function",
  email: "push@p.iam.gserviceaccount.com",
  email_verified: true,
  iat: SECONDS - 10,
  exp: SECONDS + 3_590,
};

describe("a push", () => {
  it.each([
    ["from the subscription's account", {}],
    ["with Google's other name", { iss: "accounts.google.com" }],
    ["whose sender's clock is a minute slow", { exp: SECONDS - 59 }],
    ["whose sender's clock is a minute fast", { iat: SECONDS + 59 }],
  ])("is let in %s", async (_, claims) => {
    const { verify, reasons } = verifier();

    expect(await verify(`Bearer ${token(claims)}`)).toBe(true);
    expect(reasons).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ["for another audience", { aud: "https://elsewhere" }, /audience/],
    ["for several audiences", { aud: ["https://function"] }, /audience/],
    ["of another account", { email: "other@p.iam.gserviceaccount.com" }, /account/],
    ["of an unverified account", { email_verified: "true" }, /account/],
    ["that has expired", { exp: SECONDS - 61 }, /expired/],
    ["that never expires", { exp: undefined }, /expired/],
    ["from the future", { iat: SECONDS + 61 }, /future/],
    ["of no time", { iat: null }, /future/],
    ["of another issuer", { iss: "https://accounts.example.com" }, /issuer/],
  ])("is refused with a token %s", async (_, claims, why) => {
    const { verify, reasons } = verifier();

    expect(await verify(`Bearer ${token(claims)}`)).toBe(false);
    expect(reasons).toEqual([expect.stringMatching(why)]);
  });

  it.each<[string, string]>([
    ["signed with another key of the same name", token({}, { key: second.privateKey })],
    ["signed with a key that nobody knows", token({}, { key: second.privateKey, kid: "k9" })],
    ["signed by nobody", `${part({ alg: "none", kid: "k1" })}.${part(CLAIMS)}.`],
    ["signed by nobody, with something for a signature", `${part({ alg: "none", kid: "k1" })}.${part(CLAIMS)}.x`],
    ["signed with the public key as a secret", withPublicKeyAsSecret()],
    ["changed after it was signed", changed(token({ aud: "https://elsewhere" }))],
    ["without the name of a key", token({}, { kid: null })],
    ["of two parts", token({}).split(".").slice(0, 2).join(".")],
    ["of four parts", `${token({})}.x`],
    ["of junk", "a.b.c"],
  ])("is refused with a token %s", async (_, forged) => {
    const { verify, reasons } = verifier();

    expect(await verify(`Bearer ${forged}`)).toBe(false);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).not.toContain(forged);
  });

  it.each([undefined, "", "Bearer", "Basic eDp5", token({})])("is refused with no bearer token: %s", async (header) => {
    expect(await verifier().verify(header)).toBe(false);
  });

  it("is refused, and nothing worse, whatever it carries", async () => {
    const { verify } = verifier();
    const json = fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString("base64url"));

    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), json), fc.oneof(fc.string(), json), fc.string(), async (a, b, c) => {
        expect(await verify(`Bearer ${a}.${b}.${c}`)).toBe(false);
      }),
    );
  });
});

describe("the keys", () => {
  it("are asked for once, and again when they are too old", async () => {
    const clock = manualClock({ start: START, auto: false });
    const { verify, asked } = verifier({ clock }, () => keysOf(["k1", first.publicKey]));

    await Promise.all(Array.from({ length: 5 }, () => verify(`Bearer ${token({})}`)));
    await clock.advance(299_999);
    await verify(`Bearer ${token({})}`);
    const before = asked();
    await clock.advance(1);
    await verify(`Bearer ${token({})}`);

    expect([before, asked()]).toEqual([1, 2]);
  });

  it("that have changed are found, and the old ones then refused", async () => {
    const clock = manualClock({ start: START, auto: false });
    let keys = keysOf(["k1", first.publicKey]);
    const { verify } = verifier({ clock }, () => keys);
    const [old, next] = [token({}), token({}, { key: second.privateKey, kid: "k2" })];

    const before = [await verify(`Bearer ${old}`), await verify(`Bearer ${next}`)];
    keys = keysOf(["k2", second.publicKey]);
    await clock.advance(60_000);
    const after = [await verify(`Bearer ${next}`), await verify(`Bearer ${old}`)];

    expect([before, after]).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  it("are asked for once a minute at most, however many tokens name keys that are not there", async () => {
    const clock = manualClock({ start: START, auto: false });
    const { verify, asked } = verifier({ clock });

    for (let i = 0; i < 20; i++) await verify(`Bearer ${token({}, { kid: `odd-${i}` })}`);
    const before = asked();
    await clock.advance(60_000);
    for (let i = 0; i < 20; i++) await verify(`Bearer ${token({}, { kid: `odd-${i}` })}`);

    expect([before, asked()]).toEqual([1, 2]);
  });

  it("of another kind, or of none, are passed over", async () => {
    const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
    const junk = [null, 1, {}, { kid: "k1", kty: "RSA" }, { ...elliptic, kid: "k1" }];
    const { verify } = verifier({}, () => [...junk, ...keysOf(["k1", first.publicKey])]);

    expect(await verify(`Bearer ${token({})}`)).toBe(true);
  });

  it("that cannot be had are an outage, not a refusal", async () => {
    let down = true;
    const { verify } = verifier({}, () => {
      if (down) throw new Error("down");
      return keysOf(["k1", first.publicKey]);
    });

    const error = await errorOf(verify(`Bearer ${token({})}`));
    down = false;

    expect(error).toMatchObject({ message: "down" });
    expect(await verify(`Bearer ${token({})}`)).toBe(true);
  });

  it.each([
    ["public, max-age=21600, must-revalidate", 21_600_000],
    ["no-store", 3_600_000],
  ])("come from a URL, and are kept as long as it says: %s", async (cacheControl, maxAgeMs) => {
    const fetched = await withGcpStub(
      ({ path, headers }) => ({
        status: path === "/certs?v=3" && headers.authorization === undefined ? 200 : 404,
        headers: { "cache-control": cacheControl },
        body: { keys: keysOf(["k1", first.publicKey]) },
      }),
      ({ endpoint }) => googleKeys(`${endpoint}/certs?v=3`)(),
    );

    expect(fetched).toEqual({ keys: keysOf(["k1", first.publicKey]), maxAgeMs });
  });

  it.each([[{ status: 503 }], [{ body: "<html>" }]])(
    "from a URL that does not work are an outage: %j",
    async (reply) => {
      const error = await withGcpStub(
        () => reply,
        ({ endpoint }) => errorOf(googleKeys(endpoint)()),
      );

      expect(error).toMatchObject({ stage: "preprocess", retryable: true });
    },
  );
});

function verifier(
  options: Partial<VerifyPushOptions> = {},
  keys: () => readonly unknown[] = () => keysOf(["k1", first.publicKey]),
) {
  let asked = 0;
  const reasons: string[] = [];
  const fetchKeys: FetchKeys = async () => {
    asked++;
    return { keys: keys(), maxAgeMs: 300_000 };
  };
  const verify = verifyPush({
    audience: CLAIMS.aud,
    account: CLAIMS.email,
    fetchKeys,
    log: (why) => reasons.push(why),
    clock: manualClock({ start: START, auto: false }),
    ...options,
  });
  return { verify, reasons, asked: () => asked };
}

function keyPair() {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

function keysOf(...keys: [string, KeyObject][]): (JsonWebKey & { kid: string })[] {
  return keys.map(([kid, key]) => ({ ...key.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" }));
}

function token(claims: object, { key = first.privateKey, kid = "k1" as string | null } = {}): string {
  const content = `${part({ alg: "RS256", kid, typ: "JWT" })}.${part({ ...CLAIMS, ...claims })}`;
  return `${content}.${createSign("RSA-SHA256").update(content).sign(key, "base64url")}`;
}

/** The classic confusion: HS256, with what everybody knows as the secret. */
function withPublicKeyAsSecret(): string {
  const content = `${part({ alg: "HS256", kid: "k1" })}.${part(CLAIMS)}`;
  const secret = first.publicKey.export({ type: "spki", format: "pem" });
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}

function changed(signed: string): string {
  const [header, , signature] = signed.split(".");
  return `${header}.${part(CLAIMS)}.${signature}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
