import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { openMetadata } from "../../../../emulators/gcp/metadata";
import { manualClock } from "../../../support/manual-clock";
import { opened } from "../opened";

const ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default";

async function metadata(options = {}) {
  const clock = manualClock();
  const emulator = await opened(openMetadata({ clock, project: "p", ...options }));
  const get = (path: string, headers: Record<string, string> = { "metadata-flavor": "Google" }) =>
    fetch(emulator.endpoint + path, { headers });
  const token = async () =>
    (await get(`${ACCOUNT}/token`)).json() as Promise<{ access_token: string; expires_in: number }>;
  return { clock, emulator, get, token };
}

it("an access token stays the same until it nears its end", async () => {
  const { token, clock } = await metadata();

  const first = await token();
  await clock.advance(3_000_000);
  const later = await token();
  await clock.advance(400_000);
  const next = await token();

  expect(first).toMatchObject({ expires_in: 3600, token_type: "Bearer" });
  expect(later).toMatchObject({ access_token: first.access_token, expires_in: 600 });
  expect(next.expires_in).toBe(3600);
  expect(next.access_token).not.toBe(first.access_token);
});

it("an identity token is for its audience, and of the keys that are published", async () => {
  const { get, emulator, clock } = await metadata();

  const token = await (await get(`${ACCOUNT}/identity?audience=https://x.run.app`)).text();

  const [head = "", claims = "", signature = ""] = token.split(".");
  const { keys } = (await emulator.keys()) as { keys: JsonWebKey[] };
  const key = createPublicKey({ key: keys[0]!, format: "jwk" });
  expect(verify("RSA-SHA256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"))).toBe(true);
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
    aud: "https://x.run.app",
    email: "runtime@p.iam.gserviceaccount.com",
    exp: clock.now() / 1_000 + 3_600,
    iss: "https://accounts.google.com",
  });
  expect((await get(`${ACCOUNT}/identity`)).status).toBe(400);
});

it.each([
  ["/computeMetadata/v1/project/project-id", "p"],
  ["/computeMetadata/v1/project/numeric-project-id", "123456789012"],
  ["/computeMetadata/v1/instance/region", "projects/123456789012/regions/us-central1"],
  [`${ACCOUNT}/email`, "runtime@p.iam.gserviceaccount.com"],
])("%s is %s", async (path, text) => {
  const { get } = await metadata();

  expect(await (await get(path)).text()).toBe(text);
});

describe("a request", () => {
  it("without the header, or from outside, is refused", async () => {
    const { get, emulator } = await metadata();

    const answers = [
      await get(`${ACCOUNT}/token`, {}),
      await get(`${ACCOUNT}/token`, { "metadata-flavor": "google" }),
      await get(`${ACCOUNT}/token`, { "metadata-flavor": "Google", "x-forwarded-for": "10.0.0.1" }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(emulator.requests).toEqual({ token: 0, identity: 0, other: 0, refused: 3 });
  });

  it("is counted, and answered by a server that says what it is", async () => {
    const { get, emulator, token } = await metadata();

    await token();
    await get(`${ACCOUNT}/identity?audience=a`);
    const found = await get("/", {});
    const nothing = await get("/computeMetadata/v1/instance/none");

    expect([found.status, found.headers.get("metadata-flavor"), nothing.status]).toEqual([200, "Google", 404]);
    expect(emulator.requests).toEqual({ token: 1, identity: 1, other: 2, refused: 0 });
  });
});
