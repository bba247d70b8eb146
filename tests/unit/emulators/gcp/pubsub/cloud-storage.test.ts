import { describe, expect, it } from "@jest/globals";
import { streams } from "avsc";
import type { SubscriptionJson } from "../../../../../emulators/gcp/pubsub";
import { openStorage } from "../../../../../emulators/gcp/storage";
import { openHttpFaults } from "../../../../../emulators/http-faults";
import { opened } from "../../opened";
import { until } from "../../until";
import { DEAD, pubsubHarness, SUBSCRIPTION, TOPIC } from "./pubsub-harness";

const MINUTE = 60_000;
const CONFIG = {
  bucket: "archive",
  filenamePrefix: "raw/",
  filenameSuffix: ".avro",
  filenameDatetimeFormat: "YYYY/MM/DD/hh_mm_ssZ",
  avroConfig: { writeMetadata: true },
};

async function harness() {
  const storage = await opened(openStorage());
  storage.createBucket("archive");
  const faults = await opened(openHttpFaults({ target: storage.endpoint }));
  const all = await pubsubHarness({ storage: faults.endpoint });
  const objects = `${storage.endpoint}/storage/v1/b/archive/o`;
  return {
    ...all,
    faults,
    storage,
    archive: (config: SubscriptionJson["cloudStorageConfig"] = CONFIG, settings: Partial<SubscriptionJson> = {}) =>
      all.subscribe({ ackDeadlineSeconds: 600, cloudStorageConfig: config, ...settings }),
    names: async () => {
      const list = (await (await fetch(objects)).json()) as { items?: { name: string }[] };
      return (list.items ?? []).map(({ name }) => name);
    },
    read: async (name: string) => {
      const response = await fetch(`${objects}/${encodeURIComponent(name)}?alt=media`);
      return Buffer.from(await response.arrayBuffer());
    },
  };
}

/** The rows of a container file, read with the schema that is in it. */
async function rows(file: Buffer): Promise<Record<string, unknown>[]> {
  const decoder = new streams.BlockDecoder();
  decoder.end(file);
  return (await decoder.toArray()) as Record<string, unknown>[];
}

describe("a Cloud Storage subscription", () => {
  it("writes an Avro file with the metadata of each message, and acknowledges after that", async () => {
    const { clock, pubsub, archive, names, read } = await harness();
    archive();
    const message = { data: "one", attributes: { a: "b" } };
    const [id] = pubsub.publish(TOPIC, [message]);
    pubsub.publish(TOPIC, [{ data: "two", orderingKey: "key" }]);
    const published = clock.now();

    const before = pubsub.subscription(SUBSCRIPTION).acked;
    await pubsub.flush();
    const [name = ""] = await names();
    const written = await rows(await read(name));

    expect(name).toMatch(/^raw\/2026\/01\/01\/00_00_00Z_[0-9a-f]{32}\.avro$/);
    expect(written).toEqual([
      {
        subscription_name: SUBSCRIPTION,
        message_id: id,
        publish_time: published * 1000,
        attributes: { a: "b" },
        data: Buffer.from("one"),
      },
      expect.objectContaining({ attributes: { ordering_key: "key" }, data: Buffer.from("two") }),
    ]);
    expect([before, pubsub.subscription(SUBSCRIPTION).acked]).toEqual([0, 2]);
  });

  it("writes when its first message is old enough, and not before", async () => {
    const { clock, pubsub, archive, names, publish } = await harness();
    archive({ ...CONFIG, maxDuration: "60s" });
    publish("a");
    await clock.advance(MINUTE / 2);
    publish("b");

    await clock.advance(MINUTE / 2 - 1);
    const early = await names();
    await clock.advance(1);
    await pubsub.idle();

    expect(early).toEqual([]);
    expect(await names()).toHaveLength(1);
  });

  it("writes when it has enough, by bytes or by messages", async () => {
    const { pubsub, archive, names, publish } = await harness();
    archive({ ...CONFIG, maxBytes: 1000 });

    publish(...Array.from({ length: 5 }, () => "x".repeat(400)));
    await until(() => pubsub.subscription(SUBSCRIPTION).acked === 4);

    expect(await names()).toHaveLength(2);
    expect(pubsub.subscription(SUBSCRIPTION).unacked).toBe(1);
  });

  it("writes lines of text, or data alone, where that is what the subscription asks for", async () => {
    const { pubsub, archive, names, read, publish } = await harness();
    archive({ bucket: "archive", filenamePrefix: "text/" });
    pubsub.createSubscription({
      name: "projects/p/subscriptions/plain",
      topic: TOPIC,
      ackDeadlineSeconds: 600,
      cloudStorageConfig: { bucket: "archive", filenamePrefix: "plain/", avroConfig: {} },
    });

    publish("a", "b");
    await pubsub.flush();
    const [plain = "", text = ""] = await names();

    expect(text).toMatch(/^text\/2026-01-01T00:00:00\+00:00_\w+$/);
    expect(String(await read(text))).toBe("a\nb\n");
    expect(await rows(await read(plain))).toEqual([{ data: Buffer.from("a") }, { data: Buffer.from("b") }]);
  });

  it("tries again what could not be written, with longer and longer pauses, and loses nothing", async () => {
    const { clock, pubsub, archive, names, publish, faults } = await harness();
    archive();
    let failures = 3;
    faults.set(() => (failures-- > 0 ? { kind: "reply", answer: { status: 503, headers: {}, body: "" } } : undefined));
    publish("a");
    const start = clock.now();

    await until(
      () => pubsub.subscription(SUBSCRIPTION).acked === 1,
      async () => {
        await pubsub.flush();
        await clock.advance(50);
      },
    );

    expect(await names()).toHaveLength(1);
    expect(clock.now() - start).toBeGreaterThanOrEqual(100 + 200 + 400);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ nacked: 0, delivered: 4 });
  });

  it("keeps everything, whatever the dead-letter policy, while its bucket is not there, and says so", async () => {
    const { clock, pubsub, call, storage, archive, publish } = await harness();
    archive({ ...CONFIG, bucket: "later" }, { deadLetterPolicy: { deadLetterTopic: DEAD, maxDeliveryAttempts: 5 } });
    publish("a", "b");
    const state = async () => (await call("GET", SUBSCRIPTION)).body["state"];

    for (let i = 0; i < 10; i++) {
      await pubsub.flush();
      await clock.advance(60_000);
    }
    const [before, unacked] = [await state(), pubsub.subscription(SUBSCRIPTION).unacked];
    storage.createBucket("later");
    await pubsub.flush();

    expect([before, unacked]).toEqual(["RESOURCE_ERROR", 2]);
    expect(await state()).toBe("ACTIVE");
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ acked: 2, deadLettered: 0, unacked: 0 });
  });

  it("gives back what it holds when it becomes a pull subscription, without an attempt", async () => {
    const { call, archive, publish, pull } = await harness();
    archive(CONFIG, { deadLetterPolicy: { deadLetterTopic: DEAD, maxDeliveryAttempts: 5 } });
    publish("a");
    await call("GET", SUBSCRIPTION);

    await call("PATCH", SUBSCRIPTION, { subscription: {}, updateMask: "cloudStorageConfig" });

    expect((await pull()).map(({ deliveryAttempt }) => deliveryAttempt)).toEqual([1]);
  });

  it("is refused where the emulator has no storage to write to", async () => {
    const { call } = await pubsubHarness();

    const { body } = await call("PUT", SUBSCRIPTION, {
      topic: TOPIC,
      ackDeadlineSeconds: 600,
      cloudStorageConfig: { bucket: "archive" },
    });

    expect(body.error?.status).toBe("FAILED_PRECONDITION");
  });
});
