import { execFileSync } from "node:child_process";
import path from "node:path";
import { PubSub } from "@google-cloud/pubsub";
import { describe, expect, it } from "@jest/globals";
import { ConfigError, decodeEnvelope, type ErrorCode } from "sluice";
import { type GcpIngestOptions, gcpIngest } from "../../../../adapters/gcp/ingest";
import { openPubSub } from "../../../../emulators/gcp/pubsub";
import { errorOf } from "../../../support/contract";
import { batchOf, publishing, TOPIC } from "../../../support/gcp/publishing";
import { metadataAnswer, withGcpEnvironment, withGcpStub } from "../../../support/gcp-stub";
import { openPubSubStub, type PublishReply } from "../../../support/pubsub-stub";

const ROOT = path.resolve(__dirname, "../../../..");

describe("a real topic", () => {
  it("holds envelopes of many events, in the order of the call", async () => {
    const batch = batchOf(120);

    const [report, messages] = await withTopic({}, (ingest) => ingest.publish(batch));

    const events = messages.map(({ data }) => decodeEnvelope(data)!.events);
    expect(report).toEqual({ accepted: 120, alreadyAccepted: 0, failures: [] });
    expect(events.map(({ length }) => length)).toEqual([50, 50, 20]);
    expect(events.flat()).toEqual(batch.bodies);
    for (const { attributes, orderingKey } of messages) {
      expect(attributes).toEqual({ sluice: "1" });
      expect(orderingKey).toBe("");
    }
  });

  it("takes the longest event, alone in its message", async () => {
    const [report, messages] = await withTopic({}, (ingest) => {
      const longest = Buffer.alloc(ingest.capabilities.maxEventBytes, 0xff);
      return ingest.publish({
        keys: ["a", "a", "a", "a"],
        bodies: ["x", longest, Buffer.concat([longest, longest]), "y"],
      });
    });

    expect(report).toMatchObject({
      accepted: 3,
      failures: [{ index: 2, error: { code: "oversize", stage: "ingest" } }],
    });
    expect(messages.map(({ data }) => decodeEnvelope(data)!.events.map(({ length }) => length))).toEqual([
      [1],
      [4 * 1024 * 1024],
      [1],
    ]);
  });

  it("that is not there is an outage that says what to check", async () => {
    const [report] = await withTopic({ topic: "projects/p/topics/another", maxAttempts: 1 }, (ingest) =>
      ingest.publish({ keys: ["a"], bodies: ["x"] }),
    );

    const { error } = report.failures[0]!;
    expect(error).toMatchObject({ code: "unavailable", coordinates: { topic: "projects/p/topics/another" } });
    expect(error.message).toMatch(/NOT_FOUND.*Check that it exists/);
  });
});

describe("a publish", () => {
  it("of nothing makes no request, and no client", async () => {
    const { report, requests } = await publishing(() => undefined, {}, { keys: [], bodies: [] });

    expect(report).toEqual({ accepted: 0, alreadyAccepted: 0, failures: [] });
    expect(requests).toEqual([]);
  });

  it("is one request where one holds it", async () => {
    const { requests } = await publishing(() => undefined, {}, batchOf(2_000));

    expect(requests.map(({ topic, messages }) => [topic, messages.length])).toEqual([[TOPIC, 40]]);
  });

  it("that is cancelled before it starts throws, and sends nothing", async () => {
    const stub = await openPubSubStub(() => undefined);
    const ingest = gcpIngest({ topic: TOPIC, endpoint: stub.endpoint });

    const error = await errorOf(ingest.publish(batchOf(1), { signal: AbortSignal.abort() }));
    await stub.close();

    expect(error).toMatchObject({ code: "cancelled", stage: "ingest", adapter: "gcp/ingest" });
    expect(stub.requests).toEqual([]);
  });

  it("that is cancelled under way ends at once and reports what it does not know as failed", async () => {
    const controller = new AbortController();
    const stub = await openPubSubStub(() => {
      controller.abort(new Error("shutdown"));
      return "hang";
    });
    const ingest = gcpIngest({ topic: TOPIC, endpoint: stub.endpoint });

    const report = await ingest.publish(batchOf(3), { signal: controller.signal });
    await ingest.close();
    await stub.close();

    expect(report).toMatchObject({ accepted: 0, failures: [{ index: 0, error: { code: "cancelled" } }, {}, {}] });
  });

  it.each<[Exclude<PublishReply, undefined | string>["status"], ErrorCode]>([
    ["UNAVAILABLE", "unavailable"],
    ["RESOURCE_EXHAUSTED", "throttled"],
    ["UNAUTHENTICATED", "credentials"],
    ["PERMISSION_DENIED", "credentials"],
    ["DEADLINE_EXCEEDED", "timeout"],
    ["INTERNAL", "unavailable"],
  ])("is tried as often as it may be, by us and not by the client too: %s", async (status, code) => {
    const { report, requests } = await publishing(() => ({ status }), { maxAttempts: 3 });

    expect(requests).toHaveLength(3);
    expect(report).toMatchObject({ accepted: 0, failures: [{ error: { code, coordinates: { topic: TOPIC } } }] });
  });

  it("succeeds where it fails at first, and holds nothing twice by that", async () => {
    const { report, requests } = await publishing((_, number) => (number < 3 ? { status: "UNAVAILABLE" } : undefined));

    expect(report).toMatchObject({ accepted: 1, failures: [] });
    expect(requests).toHaveLength(4);
  });

  it("is not tried again where its content is refused", async () => {
    const { report, requests } = await publishing(() => ({ status: "INVALID_ARGUMENT", message: "secret" }));

    expect(requests).toHaveLength(1);
    expect(report).toMatchObject({ failures: [{ error: { code: "store-rejected", retryable: false } }] });
    expect(report.failures[0]!.error.message).not.toContain("secret");
  });

  it("sends again what got no answer in time: the topic may hold it twice", async () => {
    const { report, requests } = await publishing((_, number) => (number === 0 ? "hang" : undefined), {
      requestTimeoutMs: 300,
    });

    expect(report.accepted).toBe(1);
    const [first, second] = requests.map(({ messages }) => messages.map(({ data }) => String(data)));
    expect(second).toEqual(first);
  });

  it("has failed where the answer does not name its messages", async () => {
    const { report } = await publishing(() => "forget", { maxAttempts: 1 });

    expect(report).toMatchObject({ accepted: 0, failures: [{ error: { retryable: true } }] });
  });

  it("ends within its deadline where nobody answers", async () => {
    const started = performance.now();

    const { report } = await publishing(() => "hang", { deadlineMs: 400 });

    expect(report).toMatchObject({ accepted: 0, failures: [{ error: { code: "timeout" } }] });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("ends within its deadline where nobody is there", async () => {
    const started = performance.now();
    const ingest = gcpIngest({ topic: TOPIC, endpoint: "127.0.0.1:1", deadlineMs: 3_000, random: () => 0 });

    const report = await ingest.publish(batchOf(2));
    await ingest.close();

    expect(report).toMatchObject({ accepted: 0, failures: [{ error: { code: "unavailable" } }, {}] });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("the client", () => {
  it("that is given is the one in use, and stays open", async () => {
    const client = new PubSub({ projectId: "p" });
    const ingest = gcpIngest({ topic: TOPIC, client });

    const used = await ingest.client;
    await ingest.close();

    expect(used).toBe(client);
    expect(client.isOpen).toBe(true);
    await client.close();
  });

  it("of our own is made once, for the topic's project, and closed", async () => {
    const ingest = gcpIngest({ topic: TOPIC, endpoint: "127.0.0.1:1" });

    const clients = [await ingest.client, await ingest.client];
    await ingest.close();

    expect(new Set(clients).size).toBe(1);
    expect(clients[0]).toMatchObject({ projectId: "p", isEmulator: true, isOpen: false });
    expect(ingest.capabilities).toEqual({
      ordering: "none",
      idempotentProducer: false,
      maxEventBytes: 4 * 1024 * 1024,
    });
  });

  it("calls an https endpoint with credentials and encryption", async () => {
    const ingest = gcpIngest({ topic: TOPIC, endpoint: "https://pubsub.example.com" });

    expect(await ingest.client).toMatchObject({ isEmulator: false });
    await ingest.close();
  });

  it.each(["events", "projects/p", "projects//topics/t", "projects/p/subscriptions/s"])(
    "needs the whole name of a topic: %s",
    (topic) => {
      expect(() => gcpIngest({ topic })).toThrow(ConfigError);
    },
  );

  it("is not loaded before the first event", () => {
    const program = `
      const { gcpIngest } = require("./adapters/gcp/ingest");
      gcpIngest({ topic: "${TOPIC}" });
      const loaded = Object.keys(require.cache).filter((file) => file.includes("@google-cloud"));
      console.log(JSON.stringify(loaded));`;

    const printed = execFileSync(process.execPath, ["-r", "./tools/register.cjs", "-e", program], { cwd: ROOT });

    expect(JSON.parse(String(printed))).toEqual([]);
  });

  it("asks no metadata server where there is an emulator", async () => {
    const asked = await withGcpStub(metadataAnswer(), async ({ endpoint, requests }) => {
      const stub = await openPubSubStub(() => undefined);
      const variables = {
        GCE_METADATA_HOST: endpoint.replace("http://", ""),
        METADATA_SERVER_DETECTION: "assume-present",
      };
      await withGcpEnvironment({ ...variables, PUBSUB_EMULATOR_HOST: stub.endpoint }, async () => {
        const ingest = gcpIngest({ topic: TOPIC });
        expect(await ingest.publish(batchOf(1))).toMatchObject({ accepted: 1 });
        await ingest.close();
      });
      await stub.close();
      return requests.length;
    });

    expect(asked).toBe(0);
  });
});

/** Runs a test on the emulator's topic, and shows what is in it. */
async function withTopic<T>(
  options: Partial<GcpIngestOptions>,
  test: (ingest: ReturnType<typeof gcpIngest>) => Promise<T>,
) {
  const pubsub = await openPubSub();
  pubsub.createTopic(TOPIC);
  pubsub.createSubscription({ name: "projects/p/subscriptions/read", topic: TOPIC });
  const ingest = gcpIngest({ topic: TOPIC, endpoint: pubsub.endpoint, ...options });
  try {
    const result = await test(ingest);
    return [result, pubsub.subscription("projects/p/subscriptions/read").messages] as const;
  } finally {
    await ingest.close();
    await pubsub.close();
  }
}
