import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, jest } from "@jest/globals";
import { opened } from "../../opened";
import { emulatorApart, runs } from "../../processes";
import { until } from "../../until";
import { hostHarness } from "./host-harness";
import { packageHost, writePackage } from "./package-harness";

// Processes start slowly on a busy machine.
jest.setTimeout(30_000);

const FIXED = `retry: { strategy: "fixedDelay", delayInterval: 0, maxRetryCount: 3 },`;
const pauseMs = () => pause(10);

describe("a worker process", () => {
  it("hands bodies over as the very bytes where the trigger is binary", async () => {
    const { hub, finish } = await packageHost(
      "print(messages.map((one) => [Buffer.isBuffer(one), one.toString('hex')]));",
      { registration: `dataType: "binary",` },
    );
    hub.append([{ body: Buffer.from([0, 255, 254]) }, { body: "" }], "0");

    const printed = await finish();

    expect(printed).toEqual([
      [
        [true, "00fffe"],
        [true, ""],
      ],
    ]);
  });

  it("parses bodies where it is not, and leaves out empty ones", async () => {
    const { hub, finish } = await packageHost("print(messages);");
    hub.append([{ body: '{"a":1}' }, { body: "" }, { body: "text" }, { body: "12" }], "0");

    const printed = await finish();

    expect(printed).toEqual([[{ a: 1 }, "text", 12]]);
  });

  it("gives the function the same metadata as a function in this process gets", async () => {
    const drafts = [
      { body: "a", partitionKey: "1e3", properties: { TraceParent: "00-1", nested: { Deep: [1] } } },
      { body: "b" },
      { body: "c", partitionKey: "plain" },
    ];
    const worker = await packageHost("print(context.triggerMetadata);");
    const local = await hostHarness();
    worker.hub.append(drafts, "0");
    local.hub.append(drafts, "0");

    await local.host.drained();
    const [theirs] = await worker.finish();
    const ours = JSON.parse(JSON.stringify(local.calls[0]?.context.triggerMetadata));

    expect(Object.keys(theirs).toSorted()).toEqual(Object.keys(ours).toSorted());
    for (const name of [
      "partitionContext",
      "partitionKeyArray",
      "offsetArray",
      "sequenceNumberArray",
      "propertiesArray",
    ]) {
      expect(theirs[name]).toEqual(ours[name]);
    }
    expect(theirs.partitionKeyArray).toEqual([1000, "plain"]);
    expect(theirs.propertiesArray[0]).toEqual({ traceParent: "00-1", nested: { deep: [1] } });
    expect(Object.keys(theirs.systemPropertiesArray[0])).toEqual(Object.keys(ours.systemPropertiesArray[0]));
  });

  it("reads the retry policy that the function registers, in whole seconds", async () => {
    const { host, hub, finish } = await packageHost(
      "print(context.retryContext); if (context.retryContext.retryCount < 2) throw new Error('the store is down');",
      { registration: `retry: { strategy: "fixedDelay", delayInterval: { milliseconds: 400 }, maxRetryCount: 3 },` },
    );
    hub.append([{ body: "a" }], "0");

    const printed = await finish();

    expect(printed).toMatchObject([
      { retryCount: 0, maxRetryCount: 3 },
      { retryCount: 1, exception: { message: expect.stringContaining("the store is down") } },
      { retryCount: 2 },
    ]);
    expect(host.stats).toMatchObject({ failures: 2, successes: 1 });
  });

  it("reads the sizes of batches in host.json", async () => {
    const { hub, finish } = await packageHost("print(messages.length);", {
      host: { extensions: { eventHubs: { maxEventBatchSize: 2 } } },
    });
    hub.append([{ body: "a" }, { body: "b" }, { body: "c" }], "0");

    const printed = await finish();

    expect(printed).toEqual([2, 1]);
  });

  it("runs the hooks of the app", async () => {
    const { hub, finish } = await packageHost("print('handler');", {
      after: `
        for (const name of ["appStart", "appTerminate", "preInvocation", "postInvocation"])
          app.hook[name](() => print(name));`,
    });
    hub.append([{ body: "a" }], "0");

    const printed = await finish();

    expect(printed).toEqual(["appStart", "preInvocation", "handler", "postInvocation", "appTerminate"]);
  });

  it("shows the app its own settings, and nothing of this process", async () => {
    process.env["SLUICE_SECRET_OF_THE_PARENT"] = "leak";
    const { hub, finish } = await packageHost("print(process.env); context.log('\"said\"');", {
      environment: { HUB: "events", MINE: "1" },
    });
    hub.append([{ body: "a" }], "0");

    const [variables, said] = await finish();
    delete process.env["SLUICE_SECRET_OF_THE_PARENT"];

    expect(said).toBe("said");
    expect(variables).toMatchObject({ MINE: "1", TZ: "UTC", FUNCTIONS_WORKER_RUNTIME: "node" });
    expect(variables.SLUICE_SECRET_OF_THE_PARENT).toBeUndefined();
  });

  it("takes many partitions at once in one process", async () => {
    const { hub, finish } = await packageHost(
      "globalThis.n = (globalThis.n ?? 0) + 1; await new Promise((done) => setTimeout(done, 300)); print([process.pid, n]);",
      { partitions: 3 },
    );
    for (const partition of hub.partitionIds) hub.append([{ body: "a" }], partition);

    const printed = await finish();

    expect(new Set(printed.map(([pid]) => pid)).size).toBe(1);
    expect(printed.map(([, n]) => n)).toEqual([3, 3, 3]);
  });

  it("that exits fails what runs in it, is replaced, and the policy counts on", async () => {
    const { host, hub, finish } = await packageHost(
      "const { retryCount } = context.retryContext; print(retryCount); if (retryCount === 0) process.exit(7);",
      { registration: FIXED },
    );
    hub.append([{ body: "a" }], "0");

    const printed = await finish();

    expect(printed).toEqual([0, 1]);
    expect(host.stats).toMatchObject({ workerExits: 1, workerStarts: 2, lost: 0 });
  });

  it("that throws where nobody catches it ends", async () => {
    const { host, hub } = await packageHost(
      "if (context.retryContext.retryCount === 0) { setTimeout(() => { throw new Error('loose'); }); await new Promise(() => {}); }",
      { registration: FIXED },
    );
    hub.append([{ body: "a" }], "0");

    await host.drained();

    expect(host.stats).toMatchObject({ workerExits: 1, failures: 1, successes: 1 });
  });

  it("that takes too long is ended, even if it never lets go of its thread", async () => {
    const { host, hub } = await packageHost("while (context.retryContext.retryCount === 0);", {
      registration: FIXED,
      timeoutMs: 500,
    });
    hub.append([{ body: "a" }], "0");

    await host.drained();

    expect(host.stats).toMatchObject({ timeouts: 1, workerExits: 0, workerStarts: 2 });
  });

  it("that takes too much memory is ended", async () => {
    const { host, hub, lines } = await packageHost(
      "if (context.retryContext.retryCount === 0) { globalThis.kept = Buffer.alloc(400e6, 1); await new Promise(() => {}); }",
      { registration: FIXED, memoryMb: 300 },
    );
    hub.append([{ body: "a" }], "0");

    await host.drained();

    expect(lines).toContain("Memory limit of 300 MB exceeded.");
    expect(host.stats).toMatchObject({ workerExits: 1, successes: 1 });
  });

  it("ends with its instance, and another one goes on from the checkpoint", async () => {
    const { host, hub, finish } = await packageHost("print(messages);");
    hub.append([{ body: "a" }], "0");
    await host.drained();
    const pid = host.instances()[0]?.workerPid ?? 0;

    host.kill();
    await until(() => !runs(pid), pauseMs);
    hub.append([{ body: "b" }], "0");
    const printed = await finish();

    expect(printed).toEqual([["a"], ["b"]]);
    expect(host.checkpoints()).toEqual({ "0": 1 });
  });

  it.each([
    ["a name that no setting has", {}, "'%HUB%' does not resolve to a value."],
    ["another hub", { HUB: "others" }, "triggered by the hub others"],
  ])("is refused for %s", async (_, environment, reason) => {
    await expect(packageHost("", { environment })).rejects.toThrow(reason);
  });

  it("says why an app does not start", async () => {
    await expect(packageHost("", { before: "throw new Error('no model');" })).rejects.toThrow("no model");
  });

  it.each([
    ["waits", "false"],
    ["never lets go of its thread", "true"],
  ])("is gone when the emulator itself is killed while the function %s", async (_, isBusy) => {
    const { directory, remove } = writePackage(`print(process.pid); while (${isBusy});`, {});
    await opened({ close: async () => remove() });
    const { line, kill } = await emulatorApart(`const { createHub } = require("./emulators/azure/event-hubs/hub");
      const hub = createHub({ name: "events" }, { now: Date.now });
      hub.append([{ body: "a" }], "0");
      require("./emulators/azure/functions-host").openFunctionsHost(
        { hub, directory: ${JSON.stringify(directory)}, environment: { HUB: "events" }, onLog: console.log });`);
    const before = runs(Number(line));

    kill();
    await until(() => !runs(Number(line)), pauseMs);

    expect(before).toBe(true);
  });
});
