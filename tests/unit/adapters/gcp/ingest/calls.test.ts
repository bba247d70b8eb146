import { describe, expect, it } from "@jest/globals";
import { decodeEnvelope } from "sluice";
import { gcpIngest } from "../../../../../adapters/gcp/ingest";
import { batchOf, publishing, publishingAll, TOPIC } from "../../../../support/gcp/publishing";
import { settled } from "../../../../support/manual-clock";
import { openPubSubStub } from "../../../../support/pubsub-stub";

describe("a large publish", () => {
  const large = { ...batchOf(24), bodies: Array.from({ length: 24 }, () => "x".repeat(400_000)) };

  it("goes out in requests of a megabyte, a few at once", async () => {
    let now = 0;
    let most = 0;

    const { report, requests } = await publishing(
      async () => {
        most = Math.max(most, ++now);
        for (let turn = 0; turn < 50; turn++) await settled();
        now--;
        return undefined;
      },
      { parallel: 3 },
      { ...large, keys: large.keys.map((_, i) => `key-${i}`) },
    );

    expect(report.accepted).toBe(24);
    for (const { messages } of requests) expect(messages.length).toBeLessThanOrEqual(2);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });

  it("of which a part fails accepts none of a key's later events before an earlier one", async () => {
    const { report } = await publishing(
      (_, number) => (number % 3 === 2 ? { status: "UNAVAILABLE" } : undefined),
      { parallel: 3, maxAttempts: 1 },
      large,
    );

    const failed = new Set(report.failures.map(({ index }) => index));
    expect(report.accepted).toBe(24 - failed.size);
    expect(failed.size).toBeGreaterThan(0);
    expect(failed.size).toBeLessThan(24);
    for (const key of new Set(large.keys)) {
      const states = large.keys.flatMap((other, i) => (other === key ? [failed.has(i)] : []));
      expect(states).toEqual([...states].sort());
    }
  });

  it("of which a part is refused for good says of the rest that it may pass", async () => {
    const { report, requests } = await publishing(
      (_, number) => (number === 0 ? { status: "INVALID_ARGUMENT" } : undefined),
      { parallel: 1 },
      large,
    );

    expect(requests).toHaveLength(1);
    expect(report.failures.map(({ error }) => error.code)).toEqual([
      ...new Array(2).fill("store-rejected"),
      ...new Array(22).fill("unavailable"),
    ]);
  });
});

describe("events that wait for others", () => {
  it("share a message, and each caller hears of its own", async () => {
    const { reports, requests } = await publishingAll(() => undefined, { lingerMs: 60_000, maxEvents: 4 }, [
      { keys: ["a"], bodies: ["1"] },
      { keys: ["d"], bodies: ["4"] },
      { keys: ["b", "c"], bodies: ["2", "x".repeat(5_000_000)] },
    ]);

    expect(requests.map(({ messages }) => messages.flatMap(({ data }) => decodeEnvelope(data)!.events))).toEqual([
      ["1", "4", "2"],
    ]);
    expect(reports).toMatchObject([
      { accepted: 1, failures: [] },
      { accepted: 1, failures: [] },
      { accepted: 1, failures: [{ index: 1, error: { code: "oversize" } }] },
    ]);
  });

  it("go out once the time is up, and at the latest when the adapter is closed", async () => {
    const stub = await openPubSubStub(() => undefined);
    const short = gcpIngest({ topic: TOPIC, endpoint: stub.endpoint, lingerMs: 1 });
    const long = gcpIngest({ topic: TOPIC, endpoint: stub.endpoint, lingerMs: 60_000 });

    const first = await short.publish(batchOf(1));
    const second = long.publish(batchOf(2));
    await Promise.all([short.close(), long.close()]);
    const reports = [first, await second];
    await stub.close();

    expect(reports.map(({ accepted }) => accepted)).toEqual([1, 2]);
    expect(stub.requests).toHaveLength(2);
  });

  it("are given up by one caller alone", async () => {
    const controller = new AbortController();
    const stub = await openPubSubStub(() => undefined);
    const ingest = gcpIngest({ topic: TOPIC, endpoint: stub.endpoint, lingerMs: 60_000, maxEvents: 3 });

    const given = ingest.publish(batchOf(1), { signal: controller.signal });
    controller.abort();
    const kept = ingest.publish(batchOf(2));
    const reports = [await given, await kept];
    await ingest.close();
    await stub.close();

    expect(reports).toMatchObject([{ accepted: 0, failures: [{ error: { code: "cancelled" } }] }, { accepted: 2 }]);
  });
});
