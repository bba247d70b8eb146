import { getEventListeners } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "sluice";
import { type GcpCall, type GcpClientOptions, GcpHttpError, gcpClient } from "../../../../adapters/gcp/client";
import { gcpError } from "../../../../adapters/gcp/errors";
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

describe("a call", () => {
  it("sends an object as JSON and reads JSON", async () => {
    const { result, requests } = await calling(ok, (client) => client.json({ path: "/v1/x:go?a=b", body: { n: 1 } }));

    expect(result).toEqual({ done: true });
    expect(requests.map(({ method, path, body }) => [method, path, body.toString()])).toEqual([
      ["POST", "/v1/x:go?a=b", '{"n":1}'],
    ]);
    expect(requests[0]!.headers).toMatchObject({ "content-type": "application/json", connection: "keep-alive" });
  });

  it.each<[GcpCall, string, string, string | undefined]>([
    [{ path: "/x" }, "GET", "", undefined],
    [{ path: "/x", body: '{"a":1}' }, "POST", '{"a":1}', "application/json"],
    [{ path: "/x", body: Uint8Array.of(104, 105) }, "POST", "hi", undefined],
    [{ path: "/x", method: "DELETE" }, "DELETE", "", undefined],
    [{ path: "/x", body: "[]", headers: { "content-type": "text/plain" } }, "POST", "[]", "text/plain"],
  ])("goes out as it is given: %j", async (call, method, body, contentType) => {
    const { requests } = await calling(ok, (client) => client.send(call));

    expect(requests).toMatchObject([{ method }]);
    expect(requests[0]!.body.toString()).toBe(body);
    expect(requests[0]!.headers["content-type"]).toBe(contentType);
  });

  it("gives bytes, status and headers as they came", async () => {
    const { result } = await calling(
      () => ({ status: 206, headers: { "X-Odd": "1" }, body: Uint8Array.of(0, 255) }),
      (client) => client.bytes({ path: "/x" }),
    );

    expect(result).toMatchObject({ status: 206, headers: { "x-odd": "1" } });
    expect([...result.body]).toEqual([0, 255]);
  });

  it("reads nothing as an empty object", async () => {
    const { result } = await calling(
      () => ({ status: 204, body: "" }),
      (client) => client.json({ path: "/x" }),
    );

    expect(result).toEqual({});
  });

  it("keeps the connection for the next one", async () => {
    const { requests } = await calling(ok, async (client) => {
      for (let call = 0; call < 3; call++) await client.json({ path: "/x" });
    });

    expect(new Set(requests.map(({ headers }) => headers.connection))).toEqual(new Set(["keep-alive"]));
  });
});

describe("a refusal", () => {
  it("is an answer of `send`, and an error of the others", async () => {
    const { result } = await calling(
      () => gcpFailure("UNAVAILABLE", "busy"),
      async (client) => {
        const { status } = await client.send({ path: "/x" });
        return [
          status,
          await errorOf(client.bytes({ path: "/x" })),
          await errorOf(client.json({ path: "/x" })),
        ] as const;
      },
    );

    const [status, ...errors] = result;
    expect(status).toBe(503);
    for (const error of errors) {
      expect(error).toBeInstanceOf(GcpHttpError);
      expect(gcpError(error, place)).toMatchObject({ code: "unavailable", coordinates: { status: 503 } });
    }
  });

  it("is also a page that is no JSON", async () => {
    const { result } = await calling(
      () => ({ body: "<html>login" }),
      (client) => errorOf(client.json({ path: "/x" })),
    );

    expect(gcpError(result, place)).toMatchObject({ code: "unavailable", coordinates: { status: 200 } });
  });

  it("is also an answer that points elsewhere: nothing follows it", async () => {
    const { result, requests } = await calling(
      () => ({ status: 302, headers: { location: "/elsewhere" } }),
      (client) => errorOf(client.json({ path: "/x" })),
    );

    expect(gcpError(result, place).code).toBe("unavailable");
    expect(requests).toHaveLength(1);
  });

  it("says in no message what it quotes", async () => {
    const { result } = await calling(
      () => gcpFailure("INVALID_ARGUMENT", "secret"),
      (client) => errorOf(client.json({ path: "/x" })),
    );

    expect(String(result)).not.toContain("secret");
    expect((result as GcpHttpError).body).toContain("secret");
  });
});

describe("waiting", () => {
  it("ends with the time, for an answer that does not come and for one that does not end", async () => {
    const { result } = await calling(
      () => "hang",
      async (client) => [
        await errorOf(client.json({ path: "/x" })),
        await errorOf(client.json({ path: "/x", timeoutMs: 10 })),
      ],
      { timeoutMs: 30 },
    );

    for (const error of result) expect(gcpError(error, place).code).toBe("timeout");
  });

  it("ends with the caller's signal, whatever its reason", async () => {
    const controller = new AbortController();

    const { result } = await calling(
      () => {
        controller.abort(new Error("shutdown"));
        return "hang";
      },
      (client) => errorOf(client.json({ path: "/x", signal: controller.signal })),
    );

    expect(gcpError(result, place).code).toBe("cancelled");
  });

  it("does not begin where the signal has aborted before", async () => {
    const { result, requests } = await calling(ok, (client) =>
      errorOf(client.json({ path: "/x", signal: AbortSignal.abort() })),
    );

    expect(gcpError(result, place).code).toBe("cancelled");
    expect(requests).toEqual([]);
  });

  it("leaves nothing on a signal that outlives the call", async () => {
    const { signal } = new AbortController();
    let meanwhile = 0;

    await calling(
      (request, number) => {
        meanwhile = getEventListeners(signal, "abort").length;
        return ok(request, number);
      },
      (client) => client.json({ path: "/x", signal }),
    );

    expect([meanwhile, getEventListeners(signal, "abort").length]).toEqual([1, 0]);
  });

  it("ends where the connection breaks", async () => {
    const { result } = await calling(
      () => "reset",
      (client) => errorOf(client.json({ path: "/x" })),
    );

    expect(gcpError(result, place)).toMatchObject({ code: "unavailable" });
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

  it("is asked for within the call's own time", async () => {
    const headers = (signal?: AbortSignal) =>
      new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

    const { result, requests } = await calling(ok, (client) => errorOf(client.json({ path: "/x" })), {
      credentials: { ...credentials, headers },
      timeoutMs: 20,
    });

    expect(gcpError(result, place).code).toBe("timeout");
    expect(requests).toEqual([]);
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
