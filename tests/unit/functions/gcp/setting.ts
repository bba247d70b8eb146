import { encodeEnvelope } from "sluice";
import { gcpClient } from "../../../../adapters/gcp/client";
import { createHandler, type HandlerOptions } from "../../../../functions/gcp/compose";
import { startServer } from "../../../../functions/gcp/server";
import type { Settings } from "../../../../functions/gcp/settings";
import { type GcpStubAnswer, openGcpStub, type StubReply } from "../../../support/gcp-stub";
import { manualClock } from "../../../support/manual-clock";
import { memoryInfer } from "../../../support/memory/infer";
import { json, type TestEvent, testPipeline } from "../../../support/records";

export const SETTINGS: Settings = {
  collection: "projects/p/databases/d/documents/predictions",
  deadTopic: "projects/p/topics/dead",
  resultsTopic: undefined,
  actionsTopic: "projects/p/topics/actions",
  endpoint: undefined,
  ttlDays: undefined,
  timeoutMs: 60_000,
  push: undefined,
};

const opened: (() => Promise<void>)[] = [];

/** Puts away what was opened here: call it after each test. */
export async function cleanUp(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

interface Given extends Partial<HandlerOptions> {
  firestore?: () => StubReply;
}

/** A function behind a server, whose services take everything, and remember it. */
export async function setting({ firestore, ...given }: Given = {}) {
  let underWay = 0;
  // Real requests are under way while somebody sleeps.
  const clock = manualClock({ busy: () => underWay > 0 });
  const written: { id: string; amount: number }[] = [];
  const published: { topic: string; data: string }[] = [];
  const answer: GcpStubAnswer = ({ path, json: body }) => {
    if (path.endsWith(":batchWrite")) return firestore?.() ?? stored(body<BatchWrite>(), written);
    return out(path, body<Publish>(), published);
  };
  const stub = await openGcpStub(answer);
  opened.push(() => stub.close());
  const base = gcpClient({ endpoint: stub.endpoint });
  const client = {
    ...base,
    json: async <T>(call: Parameters<typeof base.json>[0]) => {
      underWay++;
      try {
        return await base.json<T>(call);
      } finally {
        underWay--;
      }
    },
  };
  const log: string[] = [];
  const handler = await createHandler({
    pipeline: testPipeline,
    settings: SETTINGS,
    infer: memoryInfer(),
    maxInFlight: 1,
    clients: { firestore: client, pubsub: client },
    telemetry: () => {},
    writeLog: (line) => log.push(line),
    clock,
    random: () => 0.5,
    ...given,
  });
  const server = await startServer(handler, { host: "127.0.0.1", port: 0 });
  opened.push(() => server.close());
  const url = `http://127.0.0.1:${server.port}/`;
  const post = (body: unknown) =>
    fetch(url, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
  let messages = 0;
  return {
    clock,
    log,
    post,
    get: async (path: string) => (await fetch(url + path)).json(),
    push: async (bodies: readonly (string | TestEvent)[]) => {
      const texts = bodies.map((body) => (typeof body === "string" ? body : json(body)));
      const data = Buffer.from(encodeEnvelope(texts, 0)).toString("base64");
      const message = { data, messageId: String(++messages), publishTime: "2026-01-01T00:00:00Z" };
      return (await post({ message, subscription: "projects/p/subscriptions/s" })).status;
    },
    written: () => written,
    published: (topic: string) => published.filter((one) => one.topic === topic).map(({ data }) => data),
  };
}

interface BatchWrite {
  writes: { update: { fields: Record<string, FirestoreValue> } }[];
}

interface FirestoreValue {
  stringValue?: string;
  doubleValue?: number;
  integerValue?: string;
  mapValue?: { fields: Record<string, FirestoreValue> };
}

interface Publish {
  messages: { data: string }[];
}

function stored({ writes }: BatchWrite, written: { id: string; amount: number }[]): StubReply {
  for (const { update } of writes) {
    const amount = update.fields["prediction"]?.mapValue?.fields["amount"];
    written.push({
      id: update.fields["id"]?.stringValue ?? "",
      amount: Number(amount?.doubleValue ?? amount?.integerValue),
    });
  }
  return { body: { writeResults: writes.map(() => ({})), status: writes.map(() => ({})) } };
}

function out(path: string, { messages }: Publish, published: { topic: string; data: string }[]): StubReply {
  const topic = /topics\/(.*):publish$/.exec(path)?.[1] ?? path;
  for (const { data } of messages) published.push({ topic, data: Buffer.from(data, "base64").toString() });
  return { body: { messageIds: messages.map((_, i) => String(i)) } };
}
