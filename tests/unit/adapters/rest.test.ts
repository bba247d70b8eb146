import { getEventListeners } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { HttpError, type RestCall, type RestClientOptions, restClient } from "../../../adapters/rest";
import { type Answer, abortedMidway } from "../../support/answers";
import { errorOf } from "../../support/contract";
import { type HttpRequest, openHttpStub } from "../../support/http-stub";

const ok: Answer = () => ({ body: { done: true } });
const busy: Answer = () => ({ status: 503, headers: { "Retry-After": "2" }, body: { error: "secret" } });

describe("a call", () => {
  it("sends an object as JSON and reads JSON", async () => {
    const { result, requests } = await calling(ok, (client) => client.json({ path: "/v1/x:go?a=b", body: { n: 1 } }));

    expect(result).toEqual({ done: true });
    expect(requests.map(({ method, path, body }) => [method, path, body.toString()])).toEqual([
      ["POST", "/v1/x:go?a=b", '{"n":1}'],
    ]);
    expect(requests[0]!.headers).toMatchObject({ "content-type": "application/json", connection: "keep-alive" });
  });

  it.each<[RestCall, string, string, string | undefined]>([
    [{ path: "/x" }, "GET", "", undefined],
    [{ path: "/x", body: '{"a":1}' }, "POST", '{"a":1}', "application/json"],
    [{ path: "/x", body: Uint8Array.of(104, 105) }, "POST", "hi", undefined],
    [{ path: "/x", method: "DELETE" }, "DELETE", "", undefined],
    [{ path: "/x", method: "HEAD" }, "HEAD", "", undefined],
    [{ path: "/x", body: "[]", headers: { "content-type": "text/plain" } }, "POST", "[]", "text/plain"],
  ])("goes out as it is given: %j", async (call, method, body, contentType) => {
    const { requests } = await calling(ok, (client) => client.send(call));

    expect(requests).toMatchObject([{ method }]);
    expect(requests[0]!.body.toString()).toBe(body);
    expect(requests[0]!.headers["content-type"]).toBe(contentType);
  });

  it("goes to what follows the base URL, which needs nothing behind it", async () => {
    const { requests } = await calling(
      ok,
      async (client) => {
        for (const path of ["", "?comp=list", "/a%2Fb"]) await client.send({ path });
      },
      { at: "/base/" },
    );

    expect(requests.map(({ path }) => path)).toEqual(["/base", "/base?comp=list", "/base/a%2Fb"]);
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
});

describe("a refusal", () => {
  it("is an answer of `send`, and an error of the others", async () => {
    const { result } = await calling(busy, async (client) => {
      const { status } = await client.send({ path: "/x" });
      return [status, await errorOf(client.bytes({ path: "/x" })), await errorOf(client.json({ path: "/x" }))] as const;
    });

    const [status, ...errors] = result;
    expect(status).toBe(503);
    for (const error of errors) {
      expect(error).toBeInstanceOf(HttpError);
      expect(error).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
    }
  });

  it("is also a page that is no JSON", async () => {
    const { result } = await calling(
      () => ({ body: "<html>login" }),
      (client) => errorOf(client.json({ path: "/x" })),
    );

    expect(result).toMatchObject({ status: 200, body: "<html>login" });
  });

  it("is also an answer that points elsewhere: nothing follows it", async () => {
    const { result, requests } = await calling(
      () => ({ status: 302, headers: { location: "/elsewhere" } }),
      (client) => errorOf(client.json({ path: "/x" })),
    );

    expect(result).toMatchObject({ status: 302 });
    expect(requests).toHaveLength(1);
  });

  it("keeps what it quotes out of its message, and of that a part only", async () => {
    const { result } = await calling(
      () => ({ status: 400, body: `secret${"x".repeat(100_000)}` }),
      (client) => errorOf(client.json({ path: "/x" })),
    );

    expect(String(result)).not.toContain("secret");
    expect((result as HttpError).body).toMatch(/^secretx{65530}$/);
  });
});

describe("waiting", () => {
  it("ends with the client's time, or with the call's own", async () => {
    const { result } = await calling(
      () => "hang",
      async (client) => [
        await errorOf(client.json({ path: "/x" })),
        await errorOf(client.json({ path: "/x", timeoutMs: 10 })),
      ],
      { timeoutMs: 30 },
    );

    expect(result.map((error) => [(error as Error).name, (error as Error).message])).toEqual([
      ["TimeoutError", "No answer within 30 ms."],
      ["TimeoutError", "No answer within 10 ms."],
    ]);
  });

  it("ends with the caller's signal, whatever its reason", async () => {
    const { signal, hang } = abortedMidway();

    const { result } = await calling(hang, (client) => errorOf(client.json({ path: "/x", signal })));

    expect(result).toMatchObject({ name: "AbortError" });
  });

  it("does not begin where the signal has aborted before", async () => {
    const { result, requests } = await calling(ok, (client) =>
      errorOf(client.json({ path: "/x", signal: AbortSignal.abort() })),
    );

    expect(result).toMatchObject({ name: "AbortError" });
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

    expect(result).toMatchObject({ code: "ECONNRESET" });
  });
});

describe("who calls", () => {
  it("is said by headers that are asked for each time", async () => {
    let asked = 0;

    const { requests } = await calling(
      ok,
      async (client) => {
        for (let call = 0; call < 2; call++) await client.json({ path: "/x", headers: { "x-own": "1" } });
      },
      { authorization: async () => ({ authorization: `token ${asked++}` }) },
    );

    expect(requests.map(({ headers }) => [headers.authorization, headers["x-own"]])).toEqual([
      ["token 0", "1"],
      ["token 1", "1"],
    ]);
  });

  it("is asked for within the call's own time", async () => {
    const authorization = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

    const { result, requests } = await calling(ok, (client) => errorOf(client.json({ path: "/x" })), {
      authorization,
      timeoutMs: 20,
    });

    expect(result).toMatchObject({ name: "TimeoutError" });
    expect(requests).toEqual([]);
  });

  it("may be prepared before the call's time begins, but not beyond the caller's signal", async () => {
    const controller = new AbortController();
    const prepare = () => new Promise((resolve) => setTimeout(resolve, 40));

    const { result } = await calling(ok, (client) => client.json({ path: "/x" }), { prepare, timeoutMs: 35 });
    const { result: cancelled, requests } = await calling(
      ok,
      (client) => errorOf(client.json({ path: "/x", signal: controller.signal })),
      {
        prepare: async (signal) => {
          controller.abort();
          throw signal?.reason;
        },
      },
    );

    expect(result).toEqual({ done: true });
    expect(cancelled).toMatchObject({ name: "AbortError" });
    expect(requests).toEqual([]);
  });

  it("is told of a refusal for that reason alone", async () => {
    const statuses = [200, 403, 401];
    let told = 0;

    const { result } = await calling(
      (_, number) => ({ status: statuses[number]! }),
      async (client) => {
        const after: number[] = [];
        for (const _ of statuses) {
          await client.send({ path: "/x" });
          after.push(told);
        }
        return after;
      },
      { unauthorized: () => void told++ },
    );

    expect(result).toEqual([0, 0, 1]);
  });
});

async function calling<T>(
  answer: Answer,
  test: (client: ReturnType<typeof restClient>) => Promise<T>,
  { at = "", ...options }: Partial<RestClientOptions> & { at?: string } = {},
): Promise<{ result: T; requests: readonly HttpRequest[] }> {
  const stub = await openHttpStub({ answer, read: (request) => request, contentType: "application/json" });
  try {
    const endpoint = stub.endpoint + at;
    const client = restClient({ endpoint, authorization: async () => ({}), unauthorized: () => {}, ...options });
    return { result: await test(client), requests: stub.requests };
  } finally {
    await stub.close();
  }
}
