import { afterAll, describe, expect, it, jest } from "@jest/globals";
import { FunctionError, TooManyRequestsException } from "../../../../../emulators/aws/lambda";
import { runs } from "../../processes";
import { functions, rejection } from "./lambda-harness";

// Processes start slowly on a busy machine.
jest.setTimeout(30_000);

const { open, close } = functions();
afterAll(close);

const ECHO = "export const handler = async (event) => ({ event, pid: process.pid });";

describe("an invocation", () => {
  it("gives the event to the handler and its answer back", async () => {
    const lambda = open(ECHO);

    const answer = await lambda.invoke({ Records: ["ü", 1, null] });

    expect(answer).toMatchObject({ event: { Records: ["ü", 1, null] } });
  });

  it("answers null where the handler answers nothing", async () => {
    const lambda = open("export const handler = async () => {};");

    expect(await lambda.invoke({})).toBeNull();
  });

  it("takes CommonJS and another handler name", async () => {
    const lambda = open("exports.run = async () => 'cjs';", { file: "main.cjs", handler: "main.run" });

    expect(await lambda.invoke({})).toBe("cjs");
  });

  it("gives the context that Lambda gives, with the deadline of the timeout", async () => {
    const lambda = open(
      `export const handler = async (_, context) =>
         ({ ...context, left: context.getRemainingTimeInMillis(), at: Date.now() });`,
      { timeoutMs: 4_000, memoryMb: 256, functionName: "scorer", region: "eu-west-1" },
    );

    const context = (await lambda.invoke({})) as Record<string, number>;

    expect(context).toMatchObject({
      functionName: "scorer",
      functionVersion: "$LATEST",
      memoryLimitInMB: "256",
      invokedFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:scorer",
      logGroupName: "/aws/lambda/scorer",
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(context["left"]).toBeGreaterThan(3_000);
    expect(context["left"]).toBeLessThanOrEqual(4_000);
  });

  it("hands every line over that the function writes", async () => {
    const lambda = open(
      `export const handler = async () => { console.log("one\\ntwo"); console.error("three"); process.stdout.write("four\\n"); };`,
    );

    await lambda.invoke({});
    await lambda.close();

    expect([...lambda.logs].sort()).toEqual(["four", "one", "three", "two"]);
  });
});

describe("a function that fails", () => {
  it.each([
    ["throws", "export const handler = (event) => { throw new TypeError('no such thing'); };"],
    ["rejects", "export const handler = async (event) => { throw new TypeError('no such thing'); };"],
  ])("rejects with the error's type, message and stack where it %s, and is used again", async (_, source) => {
    const lambda = open(source);

    const errors = [await rejection(lambda.invoke({})), await rejection(lambda.invoke({}))];

    for (const error of errors) {
      expect(error).toBeInstanceOf(FunctionError);
      expect(error).toMatchObject({ errorType: "TypeError", message: "no such thing", functionError: "Unhandled" });
      expect(error["stackTrace"]).toEqual(expect.arrayContaining([expect.stringContaining("index.mjs")]));
    }
    expect(lambda.stats).toMatchObject({ coldStarts: 1, invocations: 2, errors: 2 });
  });

  it("rejects with what was thrown where that is no error", async () => {
    const lambda = open("export const handler = async () => { throw 'text'; };");

    expect(await rejection(lambda.invoke({}))).toMatchObject({ errorType: "string", message: "text" });
  });

  it.each([
    ["process.exit(3)", "exit status 3"],
    ["process.exit(0)", "without providing a reason"],
    ["process.kill(process.pid, 'SIGKILL')", "signal: SIGKILL"],
    ["process.abort()", "signal: SIGABRT"],
  ])("is replaced after %s", async (statement, text) => {
    const lambda = open(
      `export const handler = async ({ end }) => { if (end) { ${statement}; await new Promise(() => {}); } return process.pid; };`,
    );

    const error = await rejection(lambda.invoke({ end: true }));
    const next = await lambda.invoke({});

    expect(error).toMatchObject({ errorType: "Runtime.ExitError", message: expect.stringContaining(text) });
    expect(next).toEqual(expect.any(Number));
    expect(lambda.stats.coldStarts).toBe(2);
    expect(lambda.environments()).toBe(1);
  });

  it.each([
    ["Promise.reject(new Error('stray'))", "Runtime.UnhandledPromiseRejection"],
    ["setImmediate(() => { throw new Error('stray'); })", "Runtime.UncaughtException"],
  ])("fails the invocation that runs where an error goes astray: %s", async (statement, errorType) => {
    const lambda = open(
      `export const handler = async () => { ${statement}; await new Promise((resolve) => setTimeout(resolve, 2000)); };`,
    );

    const error = await rejection(lambda.invoke({}));

    expect(error).toMatchObject({ errorType, message: "stray" });
  });

  it.each([
    ["loops for ever", "export const handler = async ({ hang }) => { while (hang); return process.pid; };"],
    [
      "waits for ever",
      `export const handler = async ({ hang }) => { if (hang) await new Promise(() => setInterval(() => {}, 1000)); return process.pid; };`,
    ],
  ])("is ended at its timeout where it %s", async (_, source) => {
    const lambda = open(source, { timeoutMs: 500 });
    const pid = (await lambda.invoke({})) as number;

    const error = await rejection(lambda.invoke({ hang: true }));
    const next = await lambda.invoke({});

    expect(error).toMatchObject({
      errorType: "Sandbox.Timedout",
      message: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.50 seconds$/),
    });
    expect(runs(pid)).toBe(false);
    expect(next).not.toBe(pid);
  });

  it.each([
    ["its heap", "const kept = []; while (true) kept.push(new Array(10_000).fill({}));"],
    [
      "memory outside the heap",
      "const kept = []; while (true) { kept.push(Buffer.alloc(8_000_000, 1)); await new Promise(setImmediate); }",
    ],
  ])("is ended when %s grows beyond its memory", async (_, statement) => {
    const lambda = open(`export const handler = async ({ grow }) => { if (grow) { ${statement} } return "fine"; };`, {
      memoryMb: 160,
    });

    const error = await rejection(lambda.invoke({ grow: true }));

    expect(error["errorType"]).toBe("Runtime.OutOfMemory");
    expect(await lambda.invoke({})).toBe("fine");
  });

  it("rejects an answer of more than 6 MB, and is used again", async () => {
    const lambda = open("export const handler = async ({ length }) => 'x'.repeat(length);");

    const error = await rejection(lambda.invoke({ length: 6 * 1024 * 1024 }));
    const fits = (await lambda.invoke({ length: 6 * 1024 * 1024 - 2 })) as string;

    expect(error["errorType"]).toBe("Function.ResponseSizeTooLarge");
    expect(fits).toHaveLength(6 * 1024 * 1024 - 2);
    expect(lambda.stats.coldStarts).toBe(1);
  });

  it("is not run with an event of more than 6 MB", async () => {
    const lambda = open(ECHO);

    const error = await rejection(lambda.invoke("x".repeat(6 * 1024 * 1024)));

    expect(error).toMatchObject({ name: "RequestTooLargeException", statusCode: 413 });
    expect(lambda.stats.invocations).toBe(0);
  });
});

describe("initialization", () => {
  it.each([
    ["throws at import", "throw new RangeError('bad configuration');", "RangeError", "bad configuration"],
    ["has a syntax error", "export const handler = {", "SyntaxError", ""],
    ["exports no handler", "export const other = 1;", "Runtime.HandlerNotFound", "index.handler"],
    ["exports something else", "export const handler = 1;", "Runtime.HandlerNotFound", "not a function"],
    [
      "wants a callback",
      "export const handler = (event, context, done) => done();",
      "Runtime.CallbackHandlerDeprecated",
      "",
    ],
  ])("fails the invocation, and is tried again at the next: %s", async (_, source, errorType, text) => {
    const lambda = open(source);

    const errors = [await rejection(lambda.invoke({})), await rejection(lambda.invoke({}))];

    for (const error of errors) expect(error).toMatchObject({ errorType, message: expect.stringContaining(text) });
    expect(lambda.stats).toMatchObject({ coldStarts: 2, invocations: 0, initMs: [] });
    expect(lambda.environments()).toBe(0);
  });

  it("fails where there is no such file or directory", async () => {
    const noFile = open(ECHO, { handler: "other.handler" });
    const noDirectory = open(ECHO, { directory: "/nowhere/at/all" });

    expect(await rejection(noFile.invoke({}))).toMatchObject({ errorType: "Runtime.ImportModuleError" });
    expect(await rejection(noDirectory.invoke({}))).toBeInstanceOf(FunctionError);
  });

  it("fails where the process exits in it", async () => {
    const lambda = open("process.exit(7);");

    const error = await rejection(lambda.invoke({}));

    expect(error).toMatchObject({ errorType: "Runtime.ExitError", message: expect.stringContaining("exit status 7") });
  });

  it("happens once for many invocations, and its length is known", async () => {
    const lambda = open("let count = 0; export const handler = async () => ++count;");

    const answers = [await lambda.invoke({}), await lambda.invoke({}), await lambda.invoke({})];

    expect(answers).toEqual([1, 2, 3]);
    expect(lambda.stats.coldStarts).toBe(1);
    expect(lambda.stats.initMs).toEqual([expect.any(Number)]);
  });
});

describe("concurrency", () => {
  const SLOW = `export const handler = async () => {
    await new Promise((resolve) => setTimeout(resolve, 200)); return process.pid; };`;

  it("gives every invocation at the same time a process of its own, up to the limit, and throttles the rest", async () => {
    const lambda = open(SLOW, { concurrency: 2 });

    const results = await Promise.allSettled([1, 2, 3].map(() => lambda.invoke({})));

    const pids = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(new Set(pids).size).toBe(2);
    expect(errors).toEqual([expect.any(TooManyRequestsException)]);
    expect(errors[0]).toMatchObject({ statusCode: 429 });
    expect(lambda.stats.throttles).toBe(1);
  });

  it("uses warm processes before it starts others", async () => {
    const lambda = open(SLOW, { concurrency: 4 });
    const first = await Promise.all([lambda.invoke({}), lambda.invoke({})]);

    const second = await Promise.all([lambda.invoke({}), lambda.invoke({})]);

    expect(new Set([...first, ...second]).size).toBe(2);
    expect(lambda.environments()).toBe(2);
  });

  it("has room again after a throttle", async () => {
    const lambda = open(SLOW, { concurrency: 1 });
    const running = lambda.invoke({});
    await rejection(lambda.invoke({}));
    await running;

    expect(await lambda.invoke({})).toEqual(expect.any(Number));
  });
});
