import { type Infer, SluiceError, type Store } from "sluice";
import { createHandler, type HandlerOptions } from "../../../../functions/azure/compose";
import type { Settings } from "../../../../functions/azure/settings";
import {
  type AzureStubAnswer,
  type HttpRequest,
  openAzureStub,
  type StubReply,
  stubCredentials,
} from "../../../support/azure-stub";
import { manualClock } from "../../../support/manual-clock";
import { memoryInfer } from "../../../support/memory/infer";
import { type Body, message, testPipeline } from "../../../support/records";

const opened: (() => Promise<void>)[] = [];

/** Puts away what was opened here: call it after each test. */
export async function cleanUp(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

export interface Given extends Partial<Omit<HandlerOptions, "settings">> {
  settings?: Partial<Settings>;
  /** Instead of taking a request. */
  answer?: (request: HttpRequest) => StubReply | undefined;
}

export interface Invocation {
  partition?: string;
  /** Sequence number of the first message. */
  first?: number;
  /** How often the host has tried before. */
  retryCount?: number;
}

interface Document {
  eventId: string;
  prediction: { amount: number };
}

/** A function whose services take everything, and remember it. Time stands still, unless the test says otherwise. */
export async function setting({ settings, answer, ...given }: Given = {}) {
  const documents: Document[] = [];
  const blobs = new Map<string, string>();
  const [notices, actions, paths]: [unknown[], unknown[], string[]] = [[], [], []];
  const taken: AzureStubAnswer = (request) => {
    const { path, body, method } = request;
    const [name = ""] = path.split("?");
    paths.push(`${method} ${name}`);
    const other = answer?.(request);
    if (other !== undefined) return other;
    const text = body.toString();
    if (name.endsWith("/docs")) return stored(JSON.parse(text), documents);
    if (name.startsWith("/topic")) actions.push(...JSON.parse(text));
    if (name.startsWith("/queue")) notices.push(text);
    if (method === "PUT") blobs.set(name.slice(1), text);
    if (method === "DELETE") return { status: blobs.delete(name.slice(1)) ? 202 : 404, headers: NOT_FOUND, body: "" };
    if (method !== "GET") return { status: 201, body: {} };
    const found = blobs.get(name.slice(1));
    return found === undefined ? { status: 404, headers: NOT_FOUND, body: "" } : { body: found };
  };
  const stub = await openAzureStub(taken);
  opened.push(() => stub.close());
  const url = (name: string) => `${stub.endpoint}/${name}`;
  const clock = manualClock({ auto: false });
  const log: string[] = [];
  const handler = await createHandler({
    pipeline: testPipeline,
    settings: {
      hub: "hub",
      consumerGroup: "sluice",
      container: url("dbs/d/colls/c"),
      deadLetters: url("letters"),
      deadQueue: url("queue"),
      results: undefined,
      archive: undefined,
      actions: url("topic/api/events"),
      endpoint: undefined,
      ttlDays: undefined,
      latest: false,
      retries: 2,
      timeoutMs: 60_000,
      ...settings,
    },
    infer: memoryInfer(),
    maxInFlight: 1,
    credentials: stubCredentials(),
    telemetry: () => {},
    writeLog: (line) => log.push(line),
    clock,
    random: () => 0.5,
    ...given,
  });
  return {
    clock,
    log,
    url,
    paths,
    handler,
    /** As the host calls it. */
    invoke: (bodies: readonly Body[], at: Invocation = {}) => handler(messagesOf(bodies), contextOf(bodies.length, at)),
    written: () => documents.map(({ eventId, prediction }) => ({ id: eventId, amount: prediction.amount })),
    blobs: (prefix: string) => [...blobs].filter(([name]) => name.startsWith(prefix)).map(([, text]) => text),
    letters: () =>
      [...blobs]
        .filter(([name]) => name.startsWith("letters/dead-letters/"))
        .map(([, text]) => JSON.parse(text) as { body: string; code: string; eventId: string })
        .map(({ body, ...letter }) => ({ ...letter, body: Buffer.from(body, "base64").toString() })),
    notices: () => notices,
    actions: () => actions as { id: string; data: { name: string; eventId: string } }[],
    mark: (partition: string, marker: object) =>
      blobs.set(`letters/suspects/hub/sluice/${partition}.json`, JSON.stringify(marker)),
  };
}

const NOT_FOUND = { "x-ms-error-code": "BlobNotFound" };

/** Binary, as the trigger asks for them. */
function messagesOf(bodies: readonly Body[]): Buffer[] {
  return bodies.map((body) => Buffer.from(message(body, 0).body));
}

function contextOf(count: number, { partition = "0", first = 0, retryCount }: Invocation) {
  const numbers = Array.from({ length: count }, (_, i) => first + i);
  return {
    triggerMetadata: {
      partitionContext: { eventHubName: "hub", consumerGroup: "sluice", partitionId: partition },
      sequenceNumberArray: numbers,
      offsetArray: numbers.map((number) => String(number * 100)),
      enqueuedTimeUtcArray: numbers.map((number) => new Date(Date.UTC(2026, 0, 1) + number).toISOString()),
    },
    ...(retryCount === undefined ? {} : { retryContext: { retryCount, maxRetryCount: -1 } }),
  };
}

type Operation = { resourceBody: Document };

function stored(body: Document | readonly Operation[], documents: Document[]): StubReply {
  const operations = Array.isArray(body) ? (body as Operation[]) : [{ resourceBody: body as Document }];
  for (const { resourceBody } of operations) documents.push(resourceBody);
  return { status: 200, body: Array.isArray(body) ? operations.map(() => ({ statusCode: 201 })) : {} };
}

/** A store that fails for some keys: at first for all. */
export function away(): { store: Store; fail(keys: readonly string[]): void } {
  let failing: readonly string[] | undefined;
  return {
    fail: (keys) => {
      failing = keys;
    },
    store: {
      capabilities: { idempotency: "overwrite", reportsDuplicates: false, query: false },
      write: async (rows) => {
        const error = new SluiceError("unavailable", "store", "The service is down.", { retryAfterMs: 60_000 });
        const failures = rows.keys
          .slice(0, rows.count)
          .flatMap((key, index) => (failing?.includes(key) === false ? [] : [{ index, error }]));
        return { duplicates: [], failures };
      },
      read: async () => undefined,
      close: async () => {},
    },
  };
}

/** The rows of each call, which waits until it may go on. */
export function counting(calls: number[], until: Promise<void> = Promise.resolve()): Infer {
  const infer = memoryInfer();
  return {
    ...infer,
    infer: async (features, options) => {
      calls.push(features.rows);
      await until;
      return infer.infer(features, options);
    },
  };
}
