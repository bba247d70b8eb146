import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { manualClock } from "../../../../support/manual-clock";
import { until } from "../../until";
import { hubHarness } from "./hub-harness";

const EARLIEST = { startPosition: { offset: "-1" } };
const draft = (body: string) => ({ body: JSON.stringify(body) });
const drafts = (...bodies: string[]) => bodies.map(draft);

describe("a consumer", () => {
  it("gets every event of its partition with where it stands, and what comes later", async () => {
    const { server, receive } = await hubHarness({}, { clock: manualClock() });
    const hub = server.hub("events");
    hub.append([{ ...draft("a"), partitionKey: "key", properties: { trace: "t" } }], "0");
    const { events } = await receive("0", EARLIEST);
    await until(() => events.length === 1);

    hub.append(drafts("b"), "0");
    hub.append(drafts("other"), "1");
    await until(() => events.length === 2);

    expect(events[0]).toMatchObject({
      body: "a",
      sequenceNumber: 0,
      offset: "0",
      partitionKey: "key",
      properties: { trace: "t" },
      enqueuedTimeUtc: new Date(Date.UTC(2026, 0, 1)),
    });
    expect(events.map(({ body }) => body)).toEqual(["a", "b"]);
  });

  it.each([
    ["a sequence number", { sequenceNumber: 1 }, ["c"]],
    ["a sequence number and from it", { sequenceNumber: 1, isInclusive: true }, ["b", "c"]],
    ["an offset", { offset: "0" }, ["b", "c"]],
    ["a time", { enqueuedOn: new Date(Date.UTC(2026, 0, 1)) }, ["c"]],
  ])("starts after %s", async (_, startPosition, expected) => {
    const clock = manualClock();
    const { server, receive } = await hubHarness({}, { clock });
    server.hub("events").append(drafts("a", "b"), "0");
    clock.block(1_000);
    server.hub("events").append(drafts("c"), "0");

    const { events } = await receive("0", { startPosition: startPosition as never });
    await until(() => events.length === expected.length);

    expect(events.map(({ body }) => body)).toEqual(expected);
  });

  it("that starts at the end gets only what comes later", async () => {
    const { server, receive } = await hubHarness();
    const hub = server.hub("events");
    hub.append(drafts("old", "old"), "0");

    const { events } = await receive("0", { startPosition: { offset: "@latest" } });
    await until(
      () => events.length > 0,
      async () => {
        hub.append(drafts("new"), "0");
        await pause(10);
      },
    );

    expect(new Set(events.map(({ body }) => body))).toEqual(new Set(["new"]));
  });

  it("gets thousands of events in order, as it has room for them", async () => {
    const { server, receive } = await hubHarness();
    server.hub("events").append(
      Array.from({ length: 5_000 }, (_, i) => ({ body: String(i) })),
      "0",
    );

    const { events } = await receive("0", { ...EARLIEST, maxBatchSize: 500 });
    await until(() => events.length === 5_000);

    expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
  });

  it("learns with each event how far the partition is, if it asks", async () => {
    const { server, consumer } = await hubHarness();
    server.hub("events").append(drafts("a", "b", "c"), "0");
    const seen: (number | undefined)[] = [];
    const subscription = (await consumer()).subscribe(
      "0",
      {
        processEvents: async (_, { lastEnqueuedEventProperties }) => {
          seen.push(lastEnqueuedEventProperties?.sequenceNumber);
        },
        processError: async () => {},
      },
      { ...EARLIEST, trackLastEnqueuedEventProperties: true, maxWaitTimeInSeconds: 1 },
    );

    await until(() => seen.length > 0);
    await subscription.close();

    expect(seen[0]).toBe(2);
  });

  it("loses its partition to one with a higher owner level", async () => {
    const { server, receive } = await hubHarness();
    server.hub("events").append(drafts("a"), "0");
    const low = await receive("0", { ...EARLIEST, ownerLevel: 1 });
    await until(() => low.events.length === 1);

    const high = await receive("0", { ...EARLIEST, ownerLevel: 2 });
    await until(() => high.events.length === 1 && low.errors.length > 0);

    expect(low.errors[0]?.code).toBe("ReceiverDisconnectedError");
    expect(server.stats.stolen).toBe(1);
  });

  it("does not get a partition that one with a higher owner level has", async () => {
    const { server, receive } = await hubHarness();
    server.hub("events").append(drafts("a"), "0");
    const high = await receive("0", { ...EARLIEST, ownerLevel: 2 });
    await until(() => high.events.length === 1);

    const low = await receive("0", { ...EARLIEST, ownerLevel: 1 });
    await until(() => low.errors.length > 0);

    expect(low.errors[0]?.code).toBe("ReceiverDisconnectedError");
    expect(low.events).toEqual([]);
  });

  it("of another group reads on its own", async () => {
    const { server, receive } = await hubHarness();
    server.hub("events").append(drafts("a"), "0");

    const one = await receive("0", { ...EARLIEST, ownerLevel: 1 });
    const other = await receive("0", { ...EARLIEST, ownerLevel: 0 }, "workers");
    await until(() => one.events.length === 1 && other.events.length === 1);

    expect([...one.errors, ...other.errors]).toEqual([]);
  });

  it("of a group that is not there is refused", async () => {
    const { receive } = await hubHarness();

    const { errors } = await receive("0", EARLIEST, "nobody");
    await until(() => errors.length > 0);

    expect(errors[0]?.code).toBe("MessagingEntityNotFoundError");
  });

  it("goes on after its connection has ended, without a gap", async () => {
    const { server, receive } = await hubHarness();
    const hub = server.hub("events");
    hub.append(drafts("a"), "0");
    const { events } = await receive("0", EARLIEST);
    await until(() => events.length === 1);

    server.dropConnections();
    hub.append(drafts("b"), "0");
    await until(() => events.length === 2);

    expect(events.map(({ body }) => body)).toEqual(["a", "b"]);
  });
});
