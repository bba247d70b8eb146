import { describe, expect, it } from "@jest/globals";
import { partitionOfKey, type SendRule } from "../../../../../emulators/azure/event-hubs";
import { codesOf, hubHarness } from "./hub-harness";

describe("a producer", () => {
  it("learns the hub's partitions and the largest batch", async () => {
    const { producer } = await hubHarness({ partitions: 3 });
    const client = await producer();

    const [hub, partition] = [await client.getEventHubProperties(), await client.getPartitionProperties("1")];
    const batch = await client.createBatch();

    expect(hub).toMatchObject({ name: "events", partitionIds: ["0", "1", "2"] });
    expect(partition).toMatchObject({ partitionId: "1", isEmpty: true, lastEnqueuedSequenceNumber: -1 });
    expect(batch.maxSizeInBytes).toBe(1_048_576);
  });

  it("finds its events where it has put them, with their bytes and properties", async () => {
    const { server, producer } = await hubHarness();
    const client = await producer();
    const batch = await client.createBatch({ partitionId: "2" });
    batch.tryAdd({ body: Buffer.from([0, 255]), properties: { trace: "t" }, messageId: "m" });
    batch.tryAdd({ body: { a: 1 } });

    await client.sendBatch(batch);

    const [first, second] = server.hub("events").read("2", 0, 10);
    expect(first).toMatchObject({
      sequenceNumber: 0,
      offset: "0",
      partitionKey: undefined,
      properties: { trace: "t" },
    });
    expect([first?.body, second?.body.toString()]).toEqual([Buffer.from([0, 255]), '{"a":1}']);
    expect(first?.message.message_id).toBe("m");
    expect(server.hub("events").counts).toEqual({ events: 2, bytes: 9 });
    expect(await client.getPartitionProperties("2")).toMatchObject({
      isEmpty: false,
      lastEnqueuedSequenceNumber: 1,
      lastEnqueuedOffset: "50",
    });
  });

  it("finds a key's events on the partition that the service's hash names", async () => {
    const { server, producer } = await hubHarness({ partitions: 8 });
    const client = await producer();

    for (const partitionKey of ["a", "b", "c"]) await client.sendBatch([{ body: partitionKey }], { partitionKey });

    for (const key of ["a", "b", "c"]) {
      const found = server.hub("events").read(String(partitionOfKey(key, 8)), 0, 10);
      expect(found.some(({ partitionKey }) => partitionKey === key)).toBe(true);
    }
  });

  it("finds batches without a key on one partition after the other", async () => {
    const { server, producer } = await hubHarness({ partitions: 2 });
    const client = await producer();

    for (const body of ["a", "b", "c"]) await client.sendBatch([{ body }]);

    expect([0, 1].map((id) => server.hub("events").lastSequence(String(id)))).toEqual([1, 0]);
  });

  it("takes a batch of a thousand events in many frames", async () => {
    const { server, producer } = await hubHarness({ partitions: 1 });
    const client = await producer();
    const batch = await client.createBatch();
    let count = 0;
    while (batch.tryAdd({ body: Buffer.alloc(1_000, count % 256) })) count++;

    await client.sendBatch(batch);

    expect(count).toBeGreaterThan(1_000);
    expect(server.hub("events").lastSequence("0")).toBe(count - 1);
  });

  it.each([
    ["a hub that is not there", "nowhere", {}, "MessagingEntityNotFoundError"],
    ["a partition that is not there", "events", { partitionId: "9" }, "ArgumentOutOfRangeError"],
  ])("is refused for %s", async (_, hub, options, code) => {
    const { server } = await hubHarness();
    const { EventHubProducerClient } = await import("@azure/event-hubs");
    const client = new EventHubProducerClient(server.connectionString, hub, { retryOptions: { maxRetries: 0 } });

    const codes = await codesOf(client.sendBatch([{ body: "a" }], options));
    await client.close();

    expect(codes).toEqual([code]);
  });

  it("is refused with a token that is not good", async () => {
    const { producer } = await hubHarness({}, { checkToken: ({ type }) => type === "jwt" });

    const codes = await codesOf((await producer()).sendBatch([{ body: "a" }]));

    expect(codes).toEqual(["UnauthorizedError"]);
  });

  it("is refused for what is too large: the client does not check an array", async () => {
    const { server, producer } = await hubHarness({}, { maxMessageBytes: 10_000 });

    const codes = await codesOf((await producer()).sendBatch([{ body: Buffer.alloc(10_000) }]));

    expect(codes).toEqual(["MessageTooLargeError"]);
    expect(server.hub("events").counts.events).toBe(0);
  });
});

// What was under way on a link or a connection that ends is only given up by the client after its timeout.
describe("harm to sends", () => {
  it.each([
    ["busy", "ServerBusyError"],
    ["timeout", "ServiceUnavailableError"],
    ["unauthorized", "UnauthorizedError"],
    ["quota", "QuotaExceededError"],
    ["internal", "InternalServerError"],
    ["tooLarge", "MessageTooLargeError"],
  ] as const)("%s refuses and appends nothing", async (error, code) => {
    const { server, producer } = await hubHarness();
    server.faults.set(() => ({ kind: "refuse", error }));

    const codes = await codesOf((await producer()).sendBatch([{ body: "a" }]));

    expect(codes).toEqual([code]);
    expect(server.hub("events").counts.events).toBe(0);
    expect(server.faults.sends.refuse).toBe(1);
  });

  it("ends when the rule does: the client tries again", async () => {
    const { server, producer } = await hubHarness();
    const rule: SendRule = ({ index }) => (index < 2 ? { kind: "refuse", error: "busy" } : undefined);
    server.faults.set(rule);

    await (await producer({ maxRetries: 3, retryDelayInMs: 1 })).sendBatch([{ body: "a" }]);

    expect(server.faults.sends).toMatchObject({ refuse: 2, pass: 1 });
    expect(server.hub("events").counts.events).toBe(1);
  });

  it.each([["detach"], ["drop"]] as const)(
    "%s ends what the client sends on, and a second attempt arrives",
    async (kind) => {
      const { server, producer } = await hubHarness();
      server.faults.set(({ index }) => (index === 0 ? { kind } : undefined));

      await (await producer({ maxRetries: 3, retryDelayInMs: 1, timeoutInMs: 500 })).sendBatch([{ body: "a" }]);

      expect(server.faults.sends).toMatchObject({ [kind]: 1, pass: 1 });
      expect(server.hub("events").counts.events).toBe(1);
    },
  );

  it("an answer that is lost makes the client send twice", async () => {
    const { server, producer } = await hubHarness({ partitions: 1 });
    server.faults.set(({ index }) => (index === 0 ? { kind: "lose" } : undefined));

    await (await producer({ maxRetries: 3, retryDelayInMs: 1, timeoutInMs: 500 })).sendBatch([{ body: "a" }]);

    expect(
      server
        .hub("events")
        .read("0", 0, 10)
        .map(({ body }) => body.toString()),
    ).toEqual(['"a"', '"a"']);
  });

  it("no answer at all ends with the client's own timeout", async () => {
    const { server, producer } = await hubHarness();
    server.faults.set(() => ({ kind: "hang" }));

    const codes = await codesOf((await producer({ timeoutInMs: 300 })).sendBatch([{ body: "a" }]));

    expect(codes).toHaveLength(1);
    expect(server.hub("events").counts.events).toBe(0);
  });

  it("a delay passes by the clock", async () => {
    const { server, producer } = await hubHarness();
    server.faults.set(() => ({ kind: "delay", ms: 30, next: { kind: "refuse", error: "busy" } }));
    const client = await producer();
    const started = performance.now();

    const codes = await codesOf(client.sendBatch([{ body: "a" }]));

    expect(codes).toEqual(["ServerBusyError"]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
  });

  it("sees where a send goes and how large it is", async () => {
    const seen: unknown[] = [];
    const { server, producer } = await hubHarness();
    server.faults.set((send) => void seen.push(send));

    await (await producer()).sendBatch([{ body: "a" }, { body: "b" }], { partitionId: "3" });

    expect(seen).toEqual([{ hub: "events", partition: "3", events: 2, bytes: expect.any(Number), index: 0 }]);
  });

  it("a closing server ends a send under way", async () => {
    const { server, producer } = await hubHarness();
    server.faults.set(() => ({ kind: "hang" }));
    const sending = codesOf((await producer({ timeoutInMs: 1_000 })).sendBatch([{ body: "a" }]));
    while (server.faults.sends.hang === 0) await new Promise((resolve) => setImmediate(resolve));

    await server.close();

    expect(await sending).toHaveLength(1);
  });
});
