import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { PublishReport } from "sluice";
import { type AzureIngestOptions, azureIngest } from "../../../../adapters/azure/ingest";
import {
  type EventHubsEmulator,
  type Hub,
  openEventHubs,
  partitionOfKey,
  type SendFault,
  type SendRule,
} from "../../../../emulators/azure/event-hubs";
import { fastClock } from "../../../support/fast-clock";
import { event, json, type TestEvent } from "../../../support/records";

const SPEED = 20;
const SIZE = 60;
const PARTITIONS = 2;
const EVENTS = Array.from({ length: SIZE }, (_, number) => event(number));
const ALL: PublishReport = { accepted: SIZE, alreadyAccepted: 0, failures: [] };

/** What the SDK by itself would spend on a single missing role: three repetitions, 30 s each. */
const OF_THE_SDK_MS = 90_000;

/** Of real time. The SDK itself notices neither a detached link nor a connection that is gone: what is on its way times out. */
const REQUEST_MS = 400;

let eventHubs: EventHubsEmulator;
let hubs = 0;

jest.setTimeout(30_000);

beforeAll(async () => {
  eventHubs = await openEventHubs();
});

afterAll(async () => {
  await eventHubs.close();
});

describe("faults of Event Hubs, seen by the producer", () => {
  const refusals: [string, SendFault][] = [
    ["F04 a namespace that is throttled", { kind: "refuse", error: "busy" }],
    ["F04 a hub that is full for a while", { kind: "refuse", error: "quota" }],
    ["an internal error", { kind: "refuse", error: "internal" }],
    ["a timeout within the service", { kind: "refuse", error: "timeout" }],
  ];
  it.each(refusals)(
    "%s: each batch is sent until it is taken, once, and each key keeps its order",
    async (_, fault) => {
      const { hub, publish, close } = open();
      eventHubs.faults.set(firstSends(3, fault));

      const report = await publish(EVENTS);

      expect(report).toEqual(ALL);
      expect(bodiesOf(hub)).toEqual(inOrder(EVENTS));
      await close();
    },
  );

  const silences: [string, SendFault][] = [
    ["a batch that gets no answer", { kind: "hang" }],
    ["a link that is detached", { kind: "detach" }],
    ["a connection that breaks before the batch is taken", { kind: "drop" }],
    ["a batch whose answer is lost", { kind: "lose" }],
  ];
  it.each(silences)(
    "%s: it is sent again after a request's time, at worst it is there twice, in order",
    async (_, fault) => {
      const { hub, publish, close } = open({ requestTimeoutMs: REQUEST_MS, deadlineMs: 600_000 });
      eventHubs.faults.set(firstSends(2, fault));

      const report = await publish(EVENTS);

      expect(report).toEqual(ALL);
      expect(firsts(bodiesOf(hub))).toEqual(inOrder(EVENTS));
      if (fault.kind === "lose") expect(bodiesOf(hub).length).toBeGreaterThan(SIZE);
      await close();
    },
  );

  it("F15 a role that is missing is said within seconds, after two attempts, as what it is", async () => {
    const clock = fastClock(SPEED);
    const { hub, publish, close } = open({ clock });
    let sends = 0;
    eventHubs.faults.set(() => {
      sends++;
      return { kind: "refuse", error: "unauthorized" };
    });
    const before = clock.monotonic();

    const { accepted, failures } = await publish(EVENTS);

    expect(clock.monotonic() - before).toBeLessThan(OF_THE_SDK_MS / 2);
    expect(sends).toBe(2 * PARTITIONS);
    expect(accepted).toBe(0);
    expect(codesOf(failures)).toEqual(EVENTS.map(() => "credentials"));
    expect(bodiesOf(hub)).toEqual([]);
    await close();
  });

  it.each<[string, SendFault, string]>([
    ["a namespace that stays throttled", { kind: "refuse", error: "busy" }, "throttled"],
    ["a namespace that stays down", { kind: "refuse", error: "internal" }, "unavailable"],
    ["a connection that breaks each time", { kind: "drop" }, "timeout"],
  ])(
    "%s: the publish ends by its deadline, says so of every event, and nothing is half there",
    async (_, fault, code) => {
      const clock = fastClock(SPEED);
      const deadlineMs = 20_000;
      const { hub, publish, close } = open({ clock, deadlineMs, requestTimeoutMs: REQUEST_MS });
      eventHubs.faults.set(() => fault);
      const before = clock.monotonic();

      const { accepted, failures } = await publish(EVENTS);

      expect(clock.monotonic() - before).toBeLessThanOrEqual(deadlineMs + 2 * REQUEST_MS * SPEED);
      expect(accepted).toBe(0);
      expect(new Set(codesOf(failures))).toEqual(new Set([code]));
      expect(failures.map(({ index }) => index)).toEqual(EVENTS.map((_, index) => index));
      expect(bodiesOf(hub)).toEqual([]);
      await close();
    },
  );

  it("F16 one partition that fails takes no other with it; what is sent again later stands behind nothing of its key", async () => {
    const { hub, publish, close } = open({ maxAttempts: 2 });
    eventHubs.faults.set(({ partition }) => (partition === "0" ? { kind: "refuse", error: "busy" } : { kind: "pass" }));

    const report = await publish(EVENTS);
    eventHubs.faults.set(undefined);
    const failed = report.failures.map(({ index }) => EVENTS[index]!);
    const again = await publish(failed);

    const partitionOf = ({ key }: TestEvent) => String(partitionOfKey(key, PARTITIONS));
    expect(failed).toEqual(EVENTS.filter((one) => partitionOf(one) === "0"));
    expect(failed.length).toBeGreaterThan(0);
    expect(report.accepted).toBe(SIZE - failed.length);
    expect(again.failures).toEqual([]);
    expect(bodiesOf(hub)).toEqual(inOrder(EVENTS));
    await close();
  });

  it("an idle connection that the service has ended is opened again, and the next publish goes through", async () => {
    const { hub, publish, close } = open({ requestTimeoutMs: REQUEST_MS, deadlineMs: 600_000 });
    const [one, other] = [EVENTS.slice(0, 30), EVENTS.slice(30)];

    const reports = [await publish(one)];
    eventHubs.dropConnections();
    reports.push(await publish(other));

    expect(reports.map(({ failures }) => failures)).toEqual([[], []]);
    expect(firsts(bodiesOf(hub))).toEqual(inOrder(EVENTS));
    await close();
  });
});

function open(options: Partial<AzureIngestOptions> = {}) {
  eventHubs.faults.set(undefined);
  const name = `hub-${hubs++}`;
  const hub = eventHubs.createHub({ name, partitions: PARTITIONS });
  const ingest = azureIngest({ clock: fastClock(SPEED), ...options, hub: `sb://${eventHubs.endpoint}/${name}` });
  const publish = (events: readonly TestEvent[]) =>
    ingest.publish({ keys: events.map(({ key }) => key), bodies: events.map(json) });
  return { hub, publish, close: () => ingest.close() };
}

/** So many sends fail, and then no more. */
function firstSends(count: number, fault: SendFault): SendRule {
  let left = count;
  return () => (left-- > 0 ? fault : undefined);
}

/** Partition by partition, in order. */
function bodiesOf(hub: Hub): string[] {
  return hub.partitionIds.flatMap((partition) =>
    hub.read(partition, 0, Number.MAX_SAFE_INTEGER).map(({ body }) => body.toString()),
  );
}

/** As a hub has them that took each once. */
function inOrder(events: readonly TestEvent[]): string[] {
  const numbers = Array.from({ length: PARTITIONS }, (_, number) => number);
  return numbers.flatMap((number) => events.filter(({ key }) => partitionOfKey(key, PARTITIONS) === number).map(json));
}

/** Without what was there before. */
function firsts(bodies: readonly string[]): string[] {
  return [...new Set(bodies)];
}

function codesOf(failures: PublishReport["failures"]): string[] {
  return failures.map(({ error }) => error.code);
}
