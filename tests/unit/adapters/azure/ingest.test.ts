import { execFileSync } from "node:child_process";
import { createServer, type Socket } from "node:net";
import path from "node:path";
import { EventHubProducerClient } from "@azure/event-hubs";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { ConfigError, decodeEnvelope, type ErrorCode, type PublishBatch } from "sluice";
import { type AzureIngestOptions, azureIngest } from "../../../../adapters/azure/ingest";
import { hubOf } from "../../../../adapters/azure/ingest/hub";
import {
  type EventHubsEmulator,
  type Hub,
  openEventHubs,
  partitionOfKey,
  type SendError,
} from "../../../../emulators/azure/event-hubs";
import { errorOf } from "../../../support/contract";

/** A connection that broke keeps its heartbeat, in the SDK: it must not keep this process. */
const LONG_MS = 30_000;
const { setTimeout: start } = globalThis;
beforeAll(() => {
  jest.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms: number, ...more: []) => {
    const timer = start(work, ms, ...more);
    return ms < LONG_MS ? timer : timer.unref();
  }) as typeof setTimeout);
});
afterAll(() => void jest.restoreAllMocks());

const ROOT = path.resolve(__dirname, "../../../..");

describe("a hub", () => {
  it("holds an event per message, where others with the same key find theirs, in order", async () => {
    const batch = batchOf(200);

    const [[report, sends], hub] = await withHub({}, async (ingest, { stats }) => [
      await ingest.publish(batch),
      stats.sends,
    ]);

    expect(report).toEqual({ accepted: 200, alreadyAccepted: 0, failures: [] });
    for (const partition of hub.partitionIds) {
      const own = batch.bodies.filter((_, i) => String(partitionOfKey(batch.keys[i]!, 4)) === partition);
      expect(textsOf(hub, partition)).toEqual(own);
    }
    expect(sends).toBe(hub.partitionIds.filter((id) => textsOf(hub, id).length > 0).length);
  });

  it("holds envelopes where events may share a message", async () => {
    const batch = batchOf(300);

    const [report, hub] = await withHub({ eventsPerMessage: 50 }, (ingest) => ingest.publish(batch));

    const events = hub.partitionIds.flatMap((id) => textsOf(hub, id).flatMap((text) => decodeEnvelope(text)!.events));
    expect(report.accepted).toBe(300);
    expect(events.sort()).toEqual([...batch.bodies].sort());
    expect(hub.counts.events).toBeLessThanOrEqual(10);
  });

  it("takes the longest event there may be, whatever it holds, and as many batches as it needs", async () => {
    const [[report, sends], hub] = await withHub({}, async (ingest, { stats }) => {
      const { maxEventBytes } = ingest.capabilities;
      const longest = [Buffer.alloc(maxEventBytes, 0xff), "é".repeat(maxEventBytes / 2), "x".repeat(maxEventBytes)];
      return [await ingest.publish({ keys: longest.map(() => "k"), bodies: longest }), stats.sends];
    });

    expect(report).toMatchObject({ accepted: 3, failures: [] });
    expect([sends, hub.counts.events]).toEqual([3, 3]);
  });

  it("of a smaller kind refuses what is too long for it alone", async () => {
    const bodies = ["a", "x".repeat(300_000), "b"];

    const [report, hub] = await withHub({}, (ingest) => ingest.publish({ keys: bodies.map(() => "k"), bodies }), {
      maxMessageBytes: 262_144,
    });

    expect(report).toMatchObject({ accepted: 2, failures: [{ index: 1, error: { code: "oversize" } }] });
    expect(hub.partitionIds.flatMap((id) => textsOf(hub, id))).toEqual(["a", "b"]);
  });

  it("that is not there is an outage that says what to check", async () => {
    const [report] = await withHub({}, async (_, { endpoint }) => {
      const ingest = azureIngest({ hub: `sb://${endpoint}/another`, maxAttempts: 1 });
      const result = await ingest.publish(batchOf(2));
      await ingest.close();
      return result;
    });

    const { error } = report.failures[0]!;
    expect(error).toMatchObject({ code: "unavailable", coordinates: { hub: "another" } });
    expect(error.message).toMatch(/Check that it exists/);
  });
});

describe("a publish", () => {
  it("of nothing makes no client", async () => {
    const ingest = azureIngest({ hub: "sb://127.0.0.1:1/h" });

    expect(await ingest.publish({ keys: [], bodies: [] })).toEqual({ accepted: 0, alreadyAccepted: 0, failures: [] });
  });

  it("asks for the hub's partitions once", async () => {
    const [asked] = await withHub({}, async (ingest) => {
      const client = await ingest.client;
      let times = 0;
      const { getPartitionIds } = client;
      client.getPartitionIds = (options) => {
        times++;
        return getPartitionIds.call(client, options);
      };
      for (let call = 0; call < 3; call++) await ingest.publish(batchOf(1));
      return times;
    });

    expect(asked).toBe(1);
  });

  it("that is cancelled before it starts throws, and sends nothing", async () => {
    const [error, hub] = await withHub({}, (ingest) =>
      errorOf(ingest.publish(batchOf(1), { signal: AbortSignal.abort() })),
    );

    expect(error).toMatchObject({ code: "cancelled", stage: "ingest", adapter: "azure/ingest" });
    expect(hub.counts.events).toBe(0);
  });

  it("that is cancelled under way ends at once and reports what it does not know as failed", async () => {
    const controller = new AbortController();
    const started = performance.now();

    const [report] = await withHub({}, (ingest, { faults }) => {
      faults.set(() => {
        controller.abort(new Error("shutdown"));
        return { kind: "hang" };
      });
      return ingest.publish({ keys: ["k", "k"], bodies: ["a", "b"] }, { signal: controller.signal });
    });

    expect(report).toMatchObject({ accepted: 0, failures: [{ index: 0, error: { code: "cancelled" } }, { index: 1 }] });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it.each<[SendError, ErrorCode, number]>([
    ["busy", "throttled", 3],
    ["quota", "throttled", 3],
    ["internal", "unavailable", 3],
    ["timeout", "unavailable", 3],
    ["unauthorized", "credentials", 2],
  ])("is tried as often as it may be, by us and not by the SDK too: %s", async (error, code, times) => {
    let sends = 0;

    const [report, hub] = await withHub({ maxAttempts: 3 }, (ingest, { faults }) => {
      faults.set(() => {
        sends++;
        return { kind: "refuse", error };
      });
      return ingest.publish(batchOf(1));
    });

    expect(sends).toBe(times);
    expect(report).toMatchObject({ accepted: 0, failures: [{ error: { code, retryable: true } }] });
    expect(hub.counts.events).toBe(0);
  });

  it.each(["detach", "drop", "lose"] as const)("goes on where the connection does not: %s", async (kind) => {
    const [report, hub] = await withHub({ requestTimeoutMs: 500 }, (ingest, { faults }) => {
      faults.set(({ index }) => (index === 0 ? { kind } : undefined));
      return ingest.publish({ keys: ["k", "k"], bodies: ["a", "b"] });
    });

    const texts = hub.partitionIds.flatMap((id) => textsOf(hub, id));
    expect(report).toMatchObject({ accepted: 2, failures: [] });
    // Nobody knows what a lost answer said: at least once.
    expect(texts).toEqual(kind === "lose" ? ["a", "b", "a", "b"] : ["a", "b"]);
  });

  it("keeps what other partitions took where one fails", async () => {
    const batch = batchOf(40);
    const broken = String(partitionOfKey("k0", 4));

    const [report, hub] = await withHub({ maxAttempts: 2 }, (ingest, { faults }) => {
      faults.set(({ partition }) => (partition === broken ? { kind: "refuse", error: "busy" } : undefined));
      return ingest.publish(batch);
    });

    const failed = report.failures.map(({ index }) => batch.keys[index]!);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map((key) => String(partitionOfKey(key, 4))))).toEqual(new Set([broken]));
    expect(report.accepted).toBe(hub.counts.events);
    expect(report.accepted + failed.length).toBe(40);
  });

  it("ends within its time where nobody answers, and where nobody is there", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as { port: number };

    const started = performance.now();
    const codes: (string | undefined)[] = [];
    for (const at of [port, 1]) {
      const ingest = azureIngest({ hub: `sb://127.0.0.1:${at}/h`, deadlineMs: 400, random: () => 0 });
      codes.push((await ingest.publish(batchOf(1))).failures[0]?.error.code);
    }
    silent.close();
    for (const socket of sockets) socket.destroy();

    expect(codes).toEqual(["timeout", "unavailable"]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("the client", () => {
  it("that is given is the one in use, and stays open", async () => {
    const [used] = await withHub({}, async (_, { connectionString }) => {
      const client = new EventHubProducerClient(connectionString, "h");
      const ingest = azureIngest({ hub: "sb://ns.servicebus.windows.net/h", client });
      const report = await ingest.publish(batchOf(3));
      await ingest.close();
      const isOpen = (await client.getPartitionIds()).length > 0;
      const same = (await ingest.client) === client;
      await client.close();
      return { report, isOpen, same };
    });

    expect(used).toMatchObject({ report: { accepted: 3 }, isOpen: true, same: true });
  });

  it("of our own is for the hub's namespace, and signs in with a token", async () => {
    const ingest = azureIngest({ hub: "sb://ns.servicebus.windows.net/orders" });

    const client = await ingest.client;
    await ingest.close();

    expect(client).toMatchObject({ fullyQualifiedNamespace: "ns.servicebus.windows.net", eventHubName: "orders" });
  });

  it("is not loaded before the first event", () => {
    const program = `
      const { azureIngest } = require("./adapters/azure/ingest");
      azureIngest({ hub: "sb://ns.servicebus.windows.net/h" });
      console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file.includes("@azure"))));`;

    const printed = execFileSync(process.execPath, ["-r", "./tools/register.cjs", "-e", program], { cwd: ROOT });

    expect(JSON.parse(String(printed))).toEqual([]);
  });

  it.each([
    "",
    "hub",
    "ns.servicebus.windows.net/h",
    "https://ns.servicebus.windows.net/h",
    "sb://ns",
    "sb://ns/",
    "sb://ns/a/b",
  ])("needs the whole URL of a hub: %s", (hub) => {
    expect(() => azureIngest({ hub })).toThrow(ConfigError);
  });

  it("takes a hub on this machine for an emulator, and no other", () => {
    expect(hubOf("sb://127.0.0.1:5672/my%20hub")).toEqual({ host: "127.0.0.1:5672", name: "my hub", emulated: true });
    expect(hubOf("sb://localhost/h")).toMatchObject({ emulated: true });
    expect(hubOf("sb://localhost.example.com/h")).toMatchObject({ emulated: false });
  });
});

async function withHub<T>(
  options: Partial<AzureIngestOptions>,
  test: (ingest: ReturnType<typeof azureIngest>, eventHubs: EventHubsEmulator) => Promise<T>,
  emulator: { maxMessageBytes?: number } = {},
): Promise<[T, Hub]> {
  const eventHubs = await openEventHubs(emulator);
  const hub = eventHubs.createHub({ name: "h" });
  const ingest = azureIngest({ hub: `sb://${eventHubs.endpoint}/h`, random: () => 0, ...options });
  try {
    return [await test(ingest, eventHubs), hub];
  } finally {
    await ingest.close();
    await eventHubs.close();
  }
}

function batchOf(count: number): PublishBatch {
  const keys = Array.from({ length: count }, (_, i) => `k${i % 10}`);
  return { keys, bodies: keys.map((key, i) => `{"key":"${key}","at":${i}}`) };
}

function textsOf(hub: Hub, partition: string): string[] {
  return hub.read(partition, 0, 10_000).map(({ body }) => body.toString());
}
