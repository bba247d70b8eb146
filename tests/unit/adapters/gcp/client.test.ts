import { describe, expect, it } from "@jest/globals";
import { ConfigError, type ErrorCode } from "sluice";
import { type GcpClientOptions, gcpClient } from "../../../../adapters/gcp/client";
import { gcpError } from "../../../../adapters/gcp/errors";
import { abortedMidway } from "../../../support/answers";
import { errorOf } from "../../../support/contract";
import {
  type GcpStubAnswer,
  gcpFailure,
  type HttpRequest,
  withGcpEnvironment,
  withGcpStub,
} from "../../../support/gcp-stub";

const place = { stage: "store", adapter: "gcp/store" } as const;
const ok: GcpStubAnswer = () => ({ body: { done: true } });

describe("what a call throws", () => {
  it.each<[GcpStubAnswer, ErrorCode]>([
    [() => gcpFailure("UNAVAILABLE"), "unavailable"],
    [() => ({ body: "<html>login" }), "unavailable"],
    [() => ({ status: 302, headers: { location: "/elsewhere" } }), "unavailable"],
    [() => "reset", "unavailable"],
    [() => "hang", "timeout"],
  ])("is read by `gcpError`: %#", async (answer, code) => {
    const { result } = await calling(answer, (client) => errorOf(client.json({ path: "/x" })), { timeoutMs: 500 });

    expect(gcpError(result, place).code).toBe(code);
  });

  it("is read as cancelled where the caller's signal ended it", async () => {
    const { signal, hang } = abortedMidway();

    const { result } = await calling(hang, (client) => errorOf(client.json({ path: "/x", signal })));

    expect(gcpError(result, place).code).toBe("cancelled");
  });
});

describe("the endpoint", () => {
  it("is Google's own, unless a variable names an emulator, or an option anything else", async () => {
    const endpoints = await withGcpEnvironment({ STORAGE_EMULATOR_HOST: "http://127.0.0.1:2/" }, async () => [
      gcpClient({ service: "pubsub" }).endpoint,
      gcpClient({ service: "storage" }).endpoint,
      gcpClient({ service: "storage", endpoint: "http://127.0.0.1:3" }).endpoint,
      gcpClient({ endpoint: "https://model-1.run.app/" }).endpoint,
    ]);
    const emulated = await withGcpEnvironment({ PUBSUB_EMULATOR_HOST: "localhost:1" }, async () => [
      gcpClient({ service: "pubsub" }).endpoint,
    ]);

    expect(endpoints).toEqual([
      "https://pubsub.googleapis.com",
      "http://127.0.0.1:2",
      "http://127.0.0.1:3",
      "https://model-1.run.app",
    ]);
    expect(emulated).toEqual(["http://localhost:1"]);
  });

  it.each([{}, { endpoint: "nowhere" }, { endpoint: "" }])("must be one: %j", (options) => {
    expect(() => gcpClient(options)).toThrow(ConfigError);
  });
});

describe("who calls", () => {
  const credentials = {
    headers: async () => ({ authorization: "Bearer access", "x-goog-user-project": "p" }),
    identityToken: async (audience: string) => `identity-${audience}`,
    forget: () => {},
  };

  it("is said with an access token, or with an identity token where there is an audience", async () => {
    const access = await calling(ok, (client) => client.json({ path: "/x" }), { credentials });
    const identity = await calling(ok, (client) => client.json({ path: "/x" }), { credentials, audience: "a" });

    expect(access.requests[0]!.headers).toMatchObject({ authorization: "Bearer access", "x-goog-user-project": "p" });
    expect(identity.requests[0]!.headers).toMatchObject({ authorization: "Bearer identity-a" });
  });

  it("is not said over plain HTTP by itself, nor to an emulator", async () => {
    const tokens = { GOOGLE_OAUTH_ACCESS_TOKEN: "token" };
    const plain = await withGcpEnvironment(tokens, () => calling(ok, (client) => client.json({ path: "/x" })));
    const emulated = await withGcpStub(ok, ({ endpoint, requests }) =>
      withGcpEnvironment({ ...tokens, PUBSUB_EMULATOR_HOST: endpoint.replace("http://", "") }, async () => {
        await gcpClient({ service: "pubsub", credentials }).json({ path: "/x" });
        return requests;
      }),
    );

    for (const { headers } of [...plain.requests, ...emulated]) expect(headers.authorization).toBeUndefined();
  });

  it("is looked up anew once a token is refused", async () => {
    let forgotten = 0;
    const forget = () => void forgotten++;

    const { result } = await calling(
      () => gcpFailure("UNAUTHENTICATED"),
      (client) => errorOf(client.json({ path: "/x" })),
      { credentials: { ...credentials, forget } },
    );

    expect(gcpError(result, place).code).toBe("credentials");
    expect(forgotten).toBe(1);
  });
});

async function calling<T>(
  answer: GcpStubAnswer,
  test: (client: ReturnType<typeof gcpClient>) => Promise<T>,
  options: Partial<GcpClientOptions> = {},
): Promise<{ result: T; requests: readonly HttpRequest[] }> {
  return withGcpStub(answer, async ({ endpoint, requests }) => {
    const result = await test(gcpClient({ endpoint, ...options }));
    return { result, requests };
  });
}
