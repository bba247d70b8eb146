import { describe, expect, it } from "@jest/globals";
import { openEventHubs, partitionOfKey } from "../../../../../emulators/azure/event-hubs";
import { parseAddress } from "../../../../../emulators/azure/event-hubs/address";
import { createHub } from "../../../../../emulators/azure/event-hubs/hub";
import { startOf } from "../../../../../emulators/azure/event-hubs/position";
import { manualClock } from "../../../../support/manual-clock";
import { opened } from "../../opened";

/** From @azure/event-hubs 6.0.4, partitionKeyToIdMapper, for 32 partitions. */
const VECTORS: [string, number][] = [
  ["", 0],
  ["a", 28],
  ["7", 31],
  ["alphabet", 22],
  ["Teebeutel", 4],
  ["device-0001", 10],
  ["exactly-12-b", 2],
  ["thirteen-byte", 14],
  ["grüße ☕ 東京", 28],
  ["x".repeat(100), 6],
];

describe("a partition key", () => {
  it.each(VECTORS)("%j is where Azure's own clients put it", (key, partition) => {
    expect(partitionOfKey(key, 32)).toBe(partition);
  });

  it("spreads evenly", () => {
    const counts = Array.from({ length: 8 }, () => 0);
    for (let i = 0; i < 8_000; i++) counts[partitionOfKey(`device-${i}`, 8)]!++;

    expect(Math.min(...counts)).toBeGreaterThan(500);
  });
});

describe("a hub", () => {
  it("counts in each partition from 0 and keeps the order", () => {
    const hub = createHub({ name: "events", partitions: 2 }, manualClock());

    hub.append([{ body: "a" }, { body: "b" }], "1");
    hub.append([{ body: "c" }], "1");

    expect(hub.read("1", 1, 10).map(({ sequenceNumber, body }) => [sequenceNumber, body.toString()])).toEqual([
      [1, "b"],
      [2, "c"],
    ]);
    expect([hub.lastSequence("0"), hub.lastSequence("1")]).toEqual([-1, 2]);
  });

  it("tells of each append, once per partition, until nobody listens", () => {
    const hub = createHub({ name: "events", partitions: 2 }, manualClock());
    const heard: string[] = [];
    const leave = hub.onAppend((partition) => heard.push(partition));

    hub.append([{ body: "a" }, { body: "b" }], "1");
    leave();
    hub.append([{ body: "c" }], "1");

    expect(heard).toEqual(["1"]);
  });

  it("puts events of a key together, and others in turn", () => {
    const hub = createHub({ name: "events", partitions: 4 }, manualClock());

    hub.append([{ body: "a" }, { body: "b" }, { body: "c", partitionKey: "key" }, { body: "d", partitionKey: "key" }]);

    const ofKey = hub
      .read(String(partitionOfKey("key", 4)), 0, 10)
      .filter(({ partitionKey }) => partitionKey === "key");
    expect(ofKey.map(({ body }) => body.toString())).toEqual(["c", "d"]);
    expect(hub.read("0", 0, 1)[0]?.body.toString()).toBe("a");
    expect(hub.read("1", 0, 1)[0]?.body.toString()).toBe("b");
  });

  it("does not know other partitions", () => {
    const hub = createHub({ name: "events" }, manualClock());

    expect(() => hub.read("4", 0, 1)).toThrow("no partition 4");
  });

  it("is found by its name in any case, and exists once", async () => {
    const server = await opened(openEventHubs());
    const hub = server.createHub({ name: "Events", consumerGroups: ["sluice"] });

    expect(server.hub("eVENTS")).toBe(hub);
    expect(hub.consumerGroups).toEqual(["$Default", "sluice"]);
    expect(() => server.createHub({ name: "events" })).toThrow("already");
    expect(() => server.hub("others")).toThrow("no hub others");
  });
});

describe("a link's address", () => {
  it.each([
    ["events", { hub: "events", group: undefined, partition: undefined }],
    ["Events/Partitions/3", { hub: "events", group: undefined, partition: "3" }],
    [
      "sb://127.0.0.1:5672/events/ConsumerGroups/$Default/Partitions/0",
      { hub: "events", group: "$default", partition: "0" },
    ],
    ["sb://127.0.0.1:5672/events/$management", { hub: "events", group: undefined, partition: undefined }],
    ["a/b/c", undefined],
  ])("%s is read", (address, expected) => {
    expect(parseAddress(address)).toEqual(expected);
  });
});

describe("a link's filter", () => {
  it.each(["", "x-opt-offset > '1'", "amqp.annotation.x-opt-offset > 'abc'"])("%j cannot be read", (selector) => {
    const hub = createHub({ name: "events" }, manualClock());

    expect(startOf(hub, "0", selector)).toBeUndefined();
  });
});
