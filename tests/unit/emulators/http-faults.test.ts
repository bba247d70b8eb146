import { Agent, type IncomingMessage, request as open } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { type Fault, openHttpFaults, type Rule } from "../../../emulators/http-faults";
import { type Handler, listen, readBody } from "../../../emulators/listen";
import { manualClock } from "../../support/manual-clock";
import { opened } from "./opened";
import { until } from "./until";

/** A service that answers with what it got, and a proxy before it. */
async function service(rule?: Rule, handle: Handler = echo) {
  const seen: string[] = [];
  const behind = await opened(
    listen(async (request, response) => {
      seen.push(request.url ?? "");
      await handle(request, response);
    }),
  );
  const clock = manualClock({ auto: false });
  const proxy = await opened(openHttpFaults({ target: behind.endpoint, rule, clock }));
  return { behind, proxy, seen, clock };
}

async function echo(...[request, response]: Parameters<Handler>) {
  const body = (await readBody(request)) ?? "";
  response.setHeader("x-method", request.method ?? "").setHeader("x-host", request.headers.host ?? "");
  response.statusCode = 201;
  response.end(body);
}

const post = (url: string, body: string) => fetch(url, { method: "POST", body });

/** Why a request got no answer. */
async function broken(endpoint: string): Promise<string> {
  return new Promise((resolve) => {
    const request = open(endpoint, { method: "POST" }, () => resolve("answered"));
    request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    request.end("x");
  });
}

describe("a proxy without a rule", () => {
  it("hands on method, path, host and body, and the answer with status and headers", async () => {
    const { proxy, seen } = await service();

    const answer = await post(`${proxy.endpoint}/a?b=c`, "hello");

    expect([answer.status, answer.headers.get("x-method"), await answer.text()]).toEqual([201, "POST", "hello"]);
    expect(answer.headers.get("x-host")).toBe(`127.0.0.1:${proxy.port}`);
    expect(seen).toEqual(["/a?b=c"]);
    expect(proxy.requests).toMatchObject({ pass: 1, reply: 0 });
  });

  it("hands on a body of several megabytes unchanged, both ways", async () => {
    const { proxy } = await service();
    const body = "0123456789abcdef".repeat(200_000);

    const answer = await post(proxy.endpoint, body);

    expect((await answer.text()) === body).toBe(true);
  });

  it("hands on the first part of an answer before the last is there", async () => {
    let finish = () => {};
    const { proxy } = await service(undefined, (_, response) => {
      response.write("first");
      finish = () => response.end("last");
    });

    const answer = await fetch(proxy.endpoint);
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    finish();
    const last = await reader?.read();

    expect([first, last].map((part) => Buffer.from(part?.value ?? []).toString())).toEqual(["first", "last"]);
  });

  it("keeps the connections of both sides open between requests", async () => {
    const sockets = new Set<unknown>();
    const { proxy } = await service(undefined, (request, response) => {
      sockets.add(request.socket);
      response.end();
    });
    const agent = new Agent({ keepAlive: true });

    for (let i = 0; i < 3; i++) {
      await new Promise<void>((resolve) => {
        open(proxy.endpoint, { agent }, (answer: IncomingMessage) => answer.resume().on("end", resolve)).end();
      });
    }

    expect(sockets.size).toBe(1);
    agent.destroy();
  });

  it("breaks the connection when nobody listens behind it", async () => {
    const { behind, proxy } = await service();
    await behind.close();

    const reason = await broken(proxy.endpoint);

    expect(reason).toBe("ECONNRESET");
  });
});

describe("a rule", () => {
  it("sees the head of each request and its number", async () => {
    const heads: unknown[] = [];
    const { proxy } = await service(({ method, path, headers, index }) => {
      heads.push([method, path, headers["x-a"], index]);
      return undefined;
    });

    await fetch(`${proxy.endpoint}/one`, { headers: { "x-a": "1" } });
    await post(`${proxy.endpoint}/two`, "");

    expect(heads).toEqual([
      ["GET", "/one", "1", 0],
      ["POST", "/two", undefined, 1],
    ]);
  });

  it("that replies keeps the service from seeing the request", async () => {
    const answer = { status: 503, headers: { "x-fault": "yes" }, body: "busy" };
    const { proxy, seen } = await service(() => ({ kind: "reply", answer }));

    const got = await post(proxy.endpoint, "hello");

    expect([got.status, got.headers.get("x-fault"), await got.text(), seen]).toEqual([503, "yes", "busy", []]);
    expect(proxy.requests.reply).toBe(1);
  });

  it("that resets breaks the connection before the service sees the request", async () => {
    const { proxy, seen } = await service(() => ({ kind: "reset" }));

    const reason = await broken(proxy.endpoint);

    expect([reason, seen]).toEqual(["ECONNRESET", []]);
  });

  it("that loses the answer lets the service do its work", async () => {
    const { proxy, seen } = await service(() => ({ kind: "lose" }));

    const reason = await broken(`${proxy.endpoint}/write`);

    expect([reason, seen]).toEqual(["ECONNRESET", ["/write"]]);
  });

  it("that delays holds the request back, and then does what comes next", async () => {
    const answer = { status: 429, headers: {}, body: "" };
    const fault: Fault = { kind: "delay", ms: 5_000, next: { kind: "reply", answer } };
    const { proxy, clock } = await service(() => fault);
    let status = 0;
    const pending = post(proxy.endpoint, "hello").then((got) => {
      status = got.status;
    });
    await until(() => clock.sleepers() > 0);

    await clock.advance(4_999);
    const early = status;
    await clock.advance(1);
    await pending;

    expect([early, status]).toEqual([0, 429]);
  });

  it("that rewrites changes the answer and nothing else", async () => {
    const { proxy, seen } = await service(() => ({
      kind: "rewrite",
      change: (answer) => ({ ...answer, status: 200, body: `${answer.body} and more` }),
    }));

    const got = await post(proxy.endpoint, "hello");

    expect([got.status, await got.text(), seen]).toEqual([200, "hello and more", ["/"]]);
  });

  it("that splits sends only the rest on and merges the answer", async () => {
    const { proxy } = await service(() => ({
      kind: "split",
      split: (body) => ({
        rest: body.toString().slice(1),
        merge: (answer) => ({ status: 200, headers: {}, body: `failed ${body.toString()[0]}, stored ${answer?.body}` }),
      }),
    }));

    const got = await post(proxy.endpoint, "abc");

    expect(await got.text()).toBe("failed a, stored bc");
  });

  it("that splits and leaves no rest answers by itself", async () => {
    const { proxy, seen } = await service(() => ({
      kind: "split",
      split: () => ({ rest: undefined, merge: (answer) => ({ status: 200, headers: {}, body: String(answer) }) }),
    }));

    const got = await post(proxy.endpoint, "abc");

    expect([await got.text(), seen]).toEqual(["undefined", []]);
  });

  it("can be changed and taken back at any time", async () => {
    const { proxy } = await service(() => ({ kind: "reply", answer: { status: 500, headers: {}, body: "" } }));
    const statuses = [(await post(proxy.endpoint, "")).status];

    proxy.set(undefined);
    statuses.push((await post(proxy.endpoint, "")).status);

    expect(statuses).toEqual([500, 201]);
  });
});

describe("closing", () => {
  it("ends a request that is held back", async () => {
    const { proxy, clock } = await service(() => ({ kind: "delay", ms: 60_000 }));
    const pending = broken(proxy.endpoint);
    await until(() => clock.sleepers() > 0);

    await proxy.close();

    expect([await pending, clock.sleepers()]).toEqual(["ECONNRESET", 0]);
  });
});
