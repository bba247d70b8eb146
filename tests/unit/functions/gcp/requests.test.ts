import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError, SluiceError } from "sluice";
import { cleanUp, exchange, openHandler, PUSH, serving } from "./handlers";

const MB = 1024 * 1024;

afterEach(cleanUp);

describe("a push", () => {
  it("is answered with what became of its message", async () => {
    const { post, got } = await serving();

    const answer = await post(PUSH);

    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(got).toEqual([PUSH]);
  });

  it("passes on the headers of its answer", async () => {
    const process = async () => ({ status: 429, headers: { "Retry-After": "7" } });
    const { post } = await serving({ process });

    const { status, headers } = await post(PUSH);

    expect([status, headers.get("retry-after")]).toEqual([429, "7"]);
  });

  it("is answered when its work is done, and not before", async () => {
    const work = Promise.withResolvers<{ status: number }>();
    const { post } = await serving({ process: () => work.promise });
    let answered = false;

    const answer = post(PUSH).finally(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = answered;
    work.resolve({ status: 204 });

    expect(await answer).toMatchObject({ status: 204 });
    expect(before).toBe(false);
  });

  it.each([
    ["is not JSON", '{"message": ', 400, "not JSON"],
    ["is empty", "", 400, "not JSON"],
    ["is longer than any message", " ".repeat(16 * MB + 1), 413, "longer than"],
  ])("that %s is refused without a word about the code", async (_, body, status, why) => {
    const { post, got, logged } = await serving();

    const answer = await post(body);

    expect(answer).toMatchObject({ status, type: "application/json", text: expect.stringContaining(why) });
    expect(answer.text).not.toMatch(/ {2}at |\.ts|\.js|SyntaxError/);
    expect([got, logged]).toEqual([[], []]);
  });

  it("that is none is refused in the words of who knows", async () => {
    const { post } = await serving({
      process: () => Promise.reject(new SluiceError("envelope", "preprocess", "There is no message.")),
    });

    const answer = await post({});

    expect(answer).toMatchObject({ status: 400, text: '{"error":"There is no message."}' });
  });

  it("that does not come from the subscription is refused unread", async () => {
    const verify = async (authorization?: string) => authorization === "Bearer right";
    const { post, got } = await serving({ verify });

    const [none, wrong, right] = [
      await post(PUSH),
      await post(PUSH, { authorization: "Bearer wrong" }),
      await post(PUSH, { authorization: "Bearer right" }),
    ];

    expect([none, wrong, right].map(({ status }) => status)).toEqual([401, 401, 204]);
    expect(got).toHaveLength(1);
  });

  it.each([
    ["a mistake in the set-up", new ConfigError("the model has 4 inputs.", "model", "Export it again."), 500],
    ["keys that cannot be had", new SluiceError("unavailable", "preprocess", "no keys at http://k"), 503],
    ["a mistake of our own", new TypeError("x is not a function"), 500],
  ])("comes again after %s, of which only the log tells", async (_, thrown, status) => {
    const { post, logged } = await serving({ process: () => Promise.reject(thrown) });

    const answer = await post(PUSH);

    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain(thrown.message);
    expect(logged).toEqual([thrown.message]);
  });

  it("that fails leaves the others alone", async () => {
    const process = async (push: unknown) => {
      if ((push as { bad?: boolean }).bad) throw new Error("bad");
      return { status: 204 };
    };
    const { post } = await serving({ process });

    const answers = await Promise.all([post(PUSH), post({ ...PUSH, bad: true }), post(PUSH)]);

    expect(answers.map(({ status }) => status)).toEqual([204, 500, 204]);
  });

  it("is turned away while a hundred are under way", async () => {
    const work = Promise.withResolvers<{ status: number }>();
    const { post, started } = await serving({ process: () => work.promise });
    const many = Array.from({ length: 100 }, () => post(PUSH));
    await started(100);

    const refused = await post(PUSH);
    work.resolve({ status: 204 });
    const answers = await Promise.all(many);

    expect(refused.status).toBe(429);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
  });

  it("is given up when its sender goes away", async () => {
    const gone = Promise.withResolvers<void>();
    const process = (_: unknown, signal: AbortSignal) => {
      signal.addEventListener("abort", () => gone.resolve());
      return gone.promise.then(() => ({ status: 503 }));
    };
    const { url, started } = await serving({ process });
    const sender = new AbortController();
    const sent = fetch(url, { method: "POST", body: JSON.stringify(PUSH), signal: sender.signal });
    await started(1);

    sender.abort();

    await expect(sent).rejects.toThrow();
    await expect(gone.promise).resolves.toBeUndefined();
  });
});

describe("a push that functions-framework has read", () => {
  it("is taken as it was parsed", async () => {
    const { handle, got } = openHandler();

    const { response } = await exchange(handle, { body: PUSH, rawBody: Buffer.from("ignored") });

    expect(response.statusCode).toBe(204);
    expect(got).toEqual([PUSH]);
  });

  it("is parsed where its content type did not say JSON", async () => {
    const { handle, got } = openHandler();
    const rawBody = Buffer.from(JSON.stringify(PUSH));

    const { response } = await exchange(handle, { body: rawBody, rawBody });

    expect(response.statusCode).toBe(204);
    expect(got).toEqual([PUSH]);
  });

  it("has the same limit", async () => {
    const { handle } = openHandler();

    const { response } = await exchange(handle, { body: PUSH, rawBody: Buffer.alloc(16 * MB + 1) });

    expect(response.statusCode).toBe(413);
  });

  it("is turned away while the others fill the memory", async () => {
    const work = Promise.withResolvers<{ status: number }>();
    const { handle } = openHandler({ process: () => work.promise });
    const big = { body: PUSH, rawBody: Buffer.alloc(16 * MB) };
    const many = [1, 2, 3, 4].map(() => exchange(handle, big));

    const { response } = await exchange(handle, big);
    work.resolve({ status: 204 });
    const answers = await Promise.all(many);

    expect(response.statusCode).toBe(429);
    expect(answers.map((answer) => answer.response.statusCode)).toEqual([204, 204, 204, 204]);
  });
});

describe("another request", () => {
  it("learns whether the function is ready, and what for", async () => {
    const { url } = await serving();

    const answer = await fetch(`${url}ready`);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: "ready", pipeline: "test" });
  });

  it("learns that it is not", async () => {
    const { url } = await serving({ ready: () => undefined });

    const answer = await fetch(`${url}ready`);

    expect([answer.status, await answer.json()]).toEqual([503, { status: "loading" }]);
  });

  it.each([
    ["GET", "", 405],
    ["POST", "ready", 404],
    ["GET", "favicon.ico", 404],
  ])("%s /%s is refused", async (method, path, status) => {
    const { url } = await serving();

    const answer = await fetch(url + path, { method });

    expect(answer.status).toBe(status);
    expect(answer.headers.get("allow")).toBe(status === 405 ? "POST" : null);
    expect(await answer.json()).toEqual({ error: expect.any(String) });
  });
});
