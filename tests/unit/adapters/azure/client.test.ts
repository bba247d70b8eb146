import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "sluice";
import { type AzureClientOptions, azureClient, isLoopback, SCOPES } from "../../../../adapters/azure/client";
import {
  type AzureStubAnswer,
  identityAnswer,
  stubCredentials,
  withAzureStub,
  withIdentity,
} from "../../../support/azure-stub";
import { errorOf } from "../../../support/contract";

const ok: AzureStubAnswer = () => ({ body: { done: true } });

describe("a call", () => {
  it("goes to what follows the resource's URL, with a token for its scope", async () => {
    const credentials = stubCredentials();

    const requests = await calling(ok, { scope: SCOPES.storage, credentials }, (client) =>
      client.json({ path: "?restype=container&comp=list" }),
    );

    expect(requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ["/account/container?restype=container&comp=list", "Bearer token of https://storage.azure.com"],
    ]);
  });

  it("says who calls in the way that the service wants, each time anew", async () => {
    let call = 0;
    const authorize = (token: string) => ({ authorization: `sig=${token}`, "x-ms-date": String(call++) });

    const requests = await calling(
      ok,
      { scope: SCOPES.cosmos, credentials: stubCredentials(), authorize },
      async (c) => {
        await c.json({ path: "/docs" });
        await c.json({ path: "/docs" });
      },
    );

    expect(requests.map(({ headers }) => [headers.authorization, headers["x-ms-date"]])).toEqual([
      ["sig=token of https://cosmos.azure.com", "0"],
      ["sig=token of https://cosmos.azure.com", "1"],
    ]);
  });

  it("carries no token, and asks for none, where there is no scope", async () => {
    const credentials = { ...stubCredentials(), token: () => Promise.reject(new Error("asked")) };

    const requests = await calling(ok, { credentials }, (client) => client.json({ path: "/score" }));

    expect(requests[0]!.headers.authorization).toBeUndefined();
  });

  it("that is answered with 401 has its scope's token forgotten, and is not made again", async () => {
    const credentials = stubCredentials();

    const requests = await calling(
      () => ({ status: 401 }),
      { scope: SCOPES.ml, credentials },
      (client) => errorOf(client.json({ path: "/score" })),
    );

    expect(credentials.forgotten).toEqual([SCOPES.ml]);
    expect(requests).toHaveLength(1);
  });

  it("waits for a slow sign-in beyond its own time", async () => {
    const token = () => new Promise<string>((resolve) => setTimeout(() => resolve("late"), 60));
    const credentials = { ...stubCredentials(), token };
    let first = true;
    credentials.token = async () => {
      if (!first) return "late";
      first = false;
      return token();
    };

    const requests = await calling(ok, { scope: SCOPES.storage, credentials, timeoutMs: 50 }, (client) =>
      client.json({ path: "" }),
    );

    expect(requests[0]!.headers.authorization).toBe("Bearer late");
  });

  it("gets its token from the surroundings where nobody is given", async () => {
    const authorization = await withIdentity(identityAnswer({ token: "own" }), async () => {
      const [request] = await calling(ok, { scope: SCOPES.eventGrid }, (client) => client.json({ path: "" }));
      return request!.headers.authorization;
    });

    expect(authorization).toBe("Bearer own");
  });
});

describe("the endpoint", () => {
  it.each(["", "nowhere", "/container", "sb://ns.servicebus.windows.net/hub", "ftp://host/x"])(
    "must be a URL of HTTP: %s",
    (endpoint) => {
      expect(() => azureClient({ endpoint })).toThrow(ConfigError);
    },
  );

  it("gets a token over HTTPS, or on this machine", () => {
    for (const endpoint of [
      "https://a.blob.core.windows.net/c",
      "http://127.0.0.1:1/c",
      "http://localhost/c",
      "http://[::1]/c",
    ])
      expect(azureClient({ endpoint, scope: SCOPES.storage }).endpoint).toBe(endpoint);
  });

  it.each(["http://a.blob.core.windows.net/c", "http://127.0.0.1.example.com/c", "http://10.0.0.1/c"])(
    "gets none over plain HTTP: %s",
    (endpoint) => {
      expect(() => azureClient({ endpoint, scope: SCOPES.storage })).toThrow(ConfigError);
      expect(azureClient({ endpoint }).endpoint).toBe(endpoint);
    },
  );

  it("is this machine by its address or its name", () => {
    expect(["localhost", "127.0.0.1", "127.9.9.9", "[::1]"].filter(isLoopback)).toHaveLength(4);
    expect(["localhost.example.com", "128.0.0.1", "127.0.0", "a127.0.0.1", "::1"].filter(isLoopback)).toEqual([]);
  });
});

async function calling(
  answer: AzureStubAnswer,
  options: Omit<AzureClientOptions, "endpoint">,
  test: (client: ReturnType<typeof azureClient>) => Promise<unknown>,
) {
  return withAzureStub(answer, async ({ endpoint, requests }) => {
    await test(azureClient({ endpoint: `${endpoint}/account/container`, ...options }));
    return requests;
  });
}
