import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, it, jest } from "@jest/globals";
import { emulatorApart, runs } from "../../processes";
import { until } from "../../until";
import { functions, rejection } from "./lambda-harness";

// Processes start slowly on a busy machine.
jest.setTimeout(30_000);

const { open, write, close } = functions();
afterAll(close);

describe("the environment of a function", () => {
  it("holds what Lambda gives and what the function was configured with, and nothing of this process", async () => {
    process.env["SLUICE_SECRET_OF_THE_PARENT"] = "leak";
    const lambda = open("export const handler = async () => process.env;", {
      environment: { SLUICE_TABLE: "predictions", AWS_ACCESS_KEY_ID: "own" },
      region: "eu-west-1",
    });

    const environment = (await lambda.invoke({})) as Record<string, string>;

    expect(Object.keys(environment).sort()).toEqual([
      "AWS_ACCESS_KEY_ID",
      "AWS_DEFAULT_REGION",
      "AWS_EXECUTION_ENV",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
      "AWS_LAMBDA_FUNCTION_NAME",
      "AWS_LAMBDA_FUNCTION_VERSION",
      "AWS_LAMBDA_INITIALIZATION_TYPE",
      "AWS_LAMBDA_LOG_GROUP_NAME",
      "AWS_LAMBDA_LOG_STREAM_NAME",
      "AWS_LAMBDA_RUNTIME_API",
      "AWS_REGION",
      "AWS_SECRET_ACCESS_KEY",
      "LAMBDA_RUNTIME_DIR",
      "LAMBDA_TASK_ROOT",
      "LANG",
      "PATH",
      "SLUICE_TABLE",
      "TZ",
      "_HANDLER",
    ]);
    expect(environment).toMatchObject({
      SLUICE_TABLE: "predictions",
      AWS_ACCESS_KEY_ID: "own",
      AWS_REGION: "eu-west-1",
    });
  });

  it("is the function's directory, in UTC", async () => {
    const lambda = open(
      `export const handler = async () => ({ same: process.cwd() === process.env.LAMBDA_TASK_ROOT, zone: new Date(0).getHours() });`,
    );

    expect(await lambda.invoke({})).toEqual({ same: true, zone: 0 });
  });
});

describe("closing", () => {
  it("ends idle processes, and fails what runs", async () => {
    const lambda = open(
      `export const handler = async ({ hang }) => {
         if (hang) { console.log("hanging"); await new Promise(() => setInterval(() => {}, 1000)); } return process.pid; };`,
    );
    const pid = (await lambda.invoke({})) as number;
    const running = rejection(lambda.invoke({ hang: true }));
    while (lambda.logs.length === 0) await pause(5);

    await lambda.close();

    expect(await running).toMatchObject({ errorType: "Runtime.ExitError" });
    expect(runs(pid)).toBe(false);
    expect(await rejection(lambda.invoke({}))).toMatchObject({ message: "the emulator is closed" });
  });

  it("ends a process that is about to start", async () => {
    const lambda = open("console.log(process.pid); export const handler = async () => {};");
    const starting = rejection(lambda.invoke({}));

    await lambda.close();

    expect(await starting).toMatchObject({ errorType: "Runtime.ExitError" });
    expect(lambda.environments()).toBe(0);
    expect(lambda.logs.every((line) => !runs(Number(line)))).toBe(true);
  });

  it("ends a process that ignores SIGTERM", async () => {
    const lambda = open("process.on('SIGTERM', () => {}); export const handler = async () => process.pid;");
    const pid = (await lambda.invoke({})) as number;

    await lambda.close();

    expect(runs(pid)).toBe(false);
  });

  it.each([
    ["waits for an invocation", "false"],
    ["never lets go of its thread", "true"],
  ])("leaves no process behind when the emulator itself is killed while the function %s", async (_, hang) => {
    const directory = write(
      "export const handler = async ({ hang }) => { process.stdout.write(process.pid + '\\n'); while (hang); };",
    );
    const { line, kill } = await emulatorApart(`require("./emulators/aws/lambda")
      .openLambda({ directory: ${JSON.stringify(directory)}, onLog: console.log })
      .invoke({ hang: ${hang} });`);
    const before = runs(Number(line));

    kill();
    await until(
      () => !runs(Number(line)),
      () => pause(10),
    );

    expect(before).toBe(true);
  });
});
