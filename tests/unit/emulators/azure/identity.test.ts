import { describe, expect, it } from "@jest/globals";
import { openIdentity } from "../../../../emulators/azure/identity";
import { manualClock } from "../../../support/manual-clock";
import { opened } from "../opened";
import { rest } from "./clients";

const RESOURCE = "https://storage.azure.com/";

async function identity(options = {}) {
  const clock = manualClock();
  const emulator = await opened(openIdentity({ clock, ...options }));
  const get = (query: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    rest(`${emulator.url}?${new URLSearchParams({ "api-version": "2019-08-01", resource: RESOURCE, ...query })}`, {
      headers: { "x-identity-header": emulator.header, ...headers },
    });
  const token = async () => (await get()).json as { access_token: string; expires_on: string };
  return { clock, emulator, get, token };
}

it("a token is for its resource, and says in seconds, as text, when it ends", async () => {
  const { get, clock } = await identity({ lifetimeS: 3_600 });

  const { status, json } = await get({ client_id: "app" });

  const [, claims = ""] = (json as { access_token: string }).access_token.split(".");
  expect([status, json]).toMatchObject([
    200,
    {
      expires_on: String(clock.now() / 1_000 + 3_600),
      resource: RESOURCE,
      token_type: "Bearer",
      client_id: "app",
    },
  ]);
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
    aud: RESOURCE,
    appid: "app",
    exp: clock.now() / 1_000 + 3_600,
  });
});

it("a token stays the same until it nears its end", async () => {
  const { token, clock } = await identity({ lifetimeS: 3_600 });

  const first = await token();
  await clock.advance(3_200_000);
  const later = await token();
  await clock.advance(200_000);
  const next = await token();

  expect(later).toEqual(first);
  expect(next.access_token).not.toBe(first.access_token);
});

describe("a request", () => {
  it.each([
    ["with another secret", { headers: { "x-identity-header": "other" } }, 401],
    ["for another version", { query: { "api-version": "2017-09-01" } }, 400],
    ["for no resource", { query: { resource: "" } }, 400],
    ["for an identity that the app does not have", { query: { client_id: "other" } }, 400],
  ])("%s is refused", async (_, { query = {}, headers = {} }: { query?: object; headers?: object }, status) => {
    const { get, emulator } = await identity({ clientIds: ["app"] });

    const answer = await get({ client_id: "app", ...query }, { ...headers });

    expect([answer.status, answer.json]).toEqual([status, { statusCode: status, message: expect.any(String) }]);
    expect(emulator.requests).toEqual({ token: 0, refused: 1 });
  });
});

describe("a token is good", () => {
  it("for its own resource, with or without a slash at the end", async () => {
    const { emulator, token } = await identity();

    const bearer = `Bearer ${(await token()).access_token}`;

    expect(emulator.allows(bearer, "https://storage.azure.com")).toBe(true);
    expect(emulator.allows(bearer, "https://storage.azure.com/")).toBe(true);
    expect(emulator.refusal(bearer, "https://cosmos.azure.com")).toBe("audience");
  });

  it("until it ends, or is revoked", async () => {
    const { emulator, clock, token } = await identity({ lifetimeS: 60 });
    const [first, second] = [emulator.token(RESOURCE), emulator.token(RESOURCE)];

    emulator.revoke();
    const third = (await token()).access_token;
    const before = emulator.refusal(`Bearer ${third}`, RESOURCE);
    await clock.advance(60_000);

    expect([first, second].map((revoked) => emulator.refusal(`Bearer ${revoked}`, RESOURCE))).toEqual([
      "expired",
      "expired",
    ]);
    expect([before, emulator.refusal(`Bearer ${third}`, RESOURCE)]).toEqual([undefined, "expired"]);
  });

  it("if it was given out here, and by nobody else", async () => {
    const { emulator } = await identity();
    const other = await opened(openIdentity());
    const [head, , signature] = emulator.token(RESOURCE).split(".");
    const forged = Buffer.from(JSON.stringify({ aud: RESOURCE, exp: 1e12, jti: 1 })).toString("base64url");

    const given = [undefined, "SharedKey a:b", "Bearer x", other.token(RESOURCE), `${head}.${forged}.${signature}`];

    const refusals = given.map((value, index) => emulator.refusal(index < 3 ? value : `Bearer ${value}`, RESOURCE));
    expect(refusals).toEqual(["missing", "missing", "invalid", "invalid", "invalid"]);
  });
});
