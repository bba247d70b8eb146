import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { definePipeline, encodeEnvelope, type Pipeline } from "sluice";
import * as z from "zod";
import { azureInfer, type EndpointKind } from "../../../../adapters/azure/infer";
import { planWrite } from "../../../../adapters/azure/store/plan";
import { openAzureMl } from "../../../../emulators/azure/azure-ml";
import { type AzurePath, openPath, type PathOptions } from "../../../support/azure/path";
import { openAzureServices } from "../../../support/azure/services";
import { idsOf } from "../../../support/cloud-path";
import { duringTests } from "../../../support/during-tests";
import { events, json, quietPipeline, rowBatch } from "../../../support/records";
import { eventOf, FITTING, KIB, MIB, noted, publishAround, toldBy, tooLongAt } from "../../../support/sized-events";
import { openWideModel, widePipeline, wideRequestBytes } from "../../../support/wide-model";

/** Of a document, without what the service itself adds to it. */
const DOCUMENT_BYTES = 2 * MIB - KIB;
const BATCH_BYTES = 2 * MIB;
/** Of a message of the queue, as it is sent. */
const NOTICE_BYTES = 64 * KIB;
const TOPIC_BYTES = 1_000_000;
/** Of a request. */
const MODEL_BYTES = { "azure-ml": 1_500_000, "container-app": 10_000_000 };
/** How often a row has its event's note. */
const TIMES = 3;

/** So that a row can be longer than any event. */
const repeating = definePipeline({
  name: "repeating",
  version: "1",
  event: z.object({ id: z.string(), key: z.string(), at: z.number(), amount: z.number(), note: z.string() }),
  id: ({ id }) => id,
  key: ({ key }) => key,
  time: ({ at }) => at,
  features: { amount: ({ amount }) => amount, b: () => 1, c: ({ amount }) => amount },
  model: { file: "none.onnx", outputs: { score: { width: 1 } } },
  prediction: {
    score: (output) => output.score(),
    note: (_, { note }) => note,
    again: (_, { note }) => note,
    more: (_, { note }) => note,
  },
  limits: { maxEventBytes: MIB },
});

const services = duringTests(openAzureServices);

jest.setTimeout(60_000);

afterEach(() => {
  services().faults.cosmos.set(undefined);
  services().faults.eventGrid.set(undefined);
});

describe("what the function calls, at its limits", () => {
  it.each(["0", "1"])(
    "Cosmos DB: a row of 2 MB as a document is stored, a longer one is a letter that says why, neighbors are stored (latest state: %s)",
    async (latest) => {
      const path = await open({ pipeline: repeating, variables: latest === "1" ? { SLUICE_LATEST: "1" } : {} });
      const most = Math.floor((DOCUMENT_BYTES - documentBytes("")) / TIMES);

      const bodies = await publishAround(path, most);
      await path.run();

      const letters = await path.letters();
      expect(await idsOf(path)).toEqual(FITTING);
      expect(toldBy(letters)).toEqual(tooLongAt("store", bodies));
      expect(letters[0]?.message).toMatch(/^The row has \d+ bytes as a document; the store takes \d+\.$/);
      expect(path.host.stats.invocations).toBe(1);
      await path.close();
    },
  );

  it.each<[string, number, number, number]>([
    ["100 short rows are one request", 100, 200, 1],
    ["101 are two", 101, 200, 2],
    ["250 are three", 250, 200, 3],
    ["60 rows of 32 KiB are one", 60, 32 * KIB, 1],
    ["70 rows of 32 KiB are two", 70, 32 * KIB, 2],
  ])("Cosmos DB, rows of one key in as few batches as their limits allow: %s", async (_, count, bytes, requests) => {
    const lengths: number[] = [];
    const path = await open({
      pipeline: { ...quietPipeline, limits: { ...quietPipeline.limits, maxEventBytes: MIB } },
    });
    const bodies = Array.from({ length: count }, (_, number) => eventOf(bytes, number));
    services().faults.cosmos.set(({ headers, method }) => {
      if (method === "POST") lengths.push(Number(headers["content-length"]));
      return undefined;
    });

    path.hub.append([{ body: encodeEnvelope(bodies, 0) }]);
    await path.run();
    services().faults.cosmos.set(undefined);

    expect(lengths).toHaveLength(requests);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(BATCH_BYTES);
    expect(await path.stored()).toHaveLength(count);
    expect(await path.letters()).toEqual([]);
    await path.close();
  });

  it("Storage queue: the notices of four hundred letters are as many messages of at most 64 KiB, and name each letter once", async () => {
    const path = await open({ pipeline: quietPipeline });
    const bodies = Array.from({ length: 400 }, (_, number) => `poison ${number}`);

    path.hub.append([{ body: encodeEnvelope(bodies, 0) }]);
    await path.run();

    const letters = await path.letters();
    const texts = await services().services.storage.messages(nameOf(path.urls.queue));
    const told = texts.flatMap(
      (text) => JSON.parse(Buffer.from(text, "base64").toString()).letters as { id: string }[],
    );
    const bytes = texts.map((text) => Buffer.byteLength(text));
    expect(letters).toHaveLength(bodies.length);
    expect(told.map(({ id }) => id).sort()).toEqual(letters.map(({ id }) => id).sort());
    expect(bytes.length).toBeGreaterThan(1);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(NOTICE_BYTES);
    // Each but the last is filled.
    expect(bytes.slice(0, -1).every((length) => length > NOTICE_BYTES - 2 * KIB)).toBe(true);
    expect(path.host.stats.invocations).toBe(1);
    await path.close();
  });

  it("Event Grid: an action of 1 MB is not sent; its row is stored, its event is a letter, the other actions go out", async () => {
    const path = await open({ pipeline: acting });
    const most = Math.floor((TOPIC_BYTES - 1 - actionBytes("")) / TIMES);
    const lengths: number[] = [];
    services().faults.eventGrid.set(({ headers }) => {
      lengths.push(Number(headers["content-length"]));
      return undefined;
    });

    const bodies = await publishAround(path, most);
    await path.run();

    const letters = await path.letters();
    const out = path.actions().map(({ eventId }) => eventId);
    expect(out.sort()).toEqual(FITTING);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(TOPIC_BYTES + 1);
    expect(await idsOf(path)).toEqual(["e0", "e1", "e2", "e3", "e4", "e5"]);
    expect(toldBy(letters)).toEqual(tooLongAt("actions", bodies));
    await path.close();
  });

  it("Azure ML: rows of 1.5 MB are one request, one row more makes it two, and each row has its own answer", async () => {
    const endpoint = await openWideEndpoint("azure-ml");
    const path = await open({ pipeline: widePipeline, infer: endpoint.infer });
    const fitting = mostRows("azure-ml");
    await path.start();
    const asked: number[] = [];

    for (const count of [fitting, fitting + 1]) {
      const before = endpoint.lengths.length;
      const bodies = events(count, { key: `k${count}` }).map(json);
      path.hub.append([{ body: encodeEnvelope(bodies, 0) }]);
      await path.run();
      asked.push(endpoint.lengths.length - before);
    }

    const stored = await path.stored();
    expect(asked).toEqual([1, 2]);
    expect(Math.max(...endpoint.lengths)).toBe(wideRequestBytes(fitting));
    expect(stored).toHaveLength(2 * fitting + 1);
    for (const { id, prediction } of stored) expect([id, prediction["score"]]).toEqual([id, Number(id.slice(1))]);
    await path.close();
    await endpoint.close();
  });

  it("container app: rows of 10 MB are one request, one row more makes it two", async () => {
    const { infer, lengths, close } = await openWideEndpoint("container-app");
    const fitting = mostRows("container-app");
    const width = widePipeline.featureNames.length;

    for (const rows of [fitting, fitting + 1]) await infer.infer({ rows, width, data: new Float32Array(rows * width) });

    expect(lengths).toHaveLength(3);
    expect(Math.max(...lengths)).toBe(wideRequestBytes(fitting));
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(wideRequestBytes(1));
    await close();
  });
});

const acting: Pipeline = { ...repeating, actions: [{ name: "alert", when: () => true }] };

/** A function whose batches may take as long as they do on a machine that is busy. */
function open(options: PathOptions): Promise<AzurePath> {
  return openPath(services(), { ...options, variables: { SLUICE_TIMEOUT_SECONDS: "300", ...options.variables } });
}

function predictionOf(note: string) {
  return { score: 0.5, note, again: note, more: note };
}

/** Of the row of such an event, as the store sends it. */
function documentBytes(note: string): number {
  const rows = rowBatch([noted(1, note)], { predictions: [predictionOf(note)], truths: undefined });
  const { chunks } = planWrite(rows, { storedAt: Date.now(), ttlSeconds: undefined }, "");
  return Buffer.byteLength(chunks[0]![0]!.text);
}

/** Of its action, as a CloudEvent. */
function actionBytes(note: string): number {
  const { id, key, at } = noted(1, note);
  const data = { id: `${id}:alert`, name: "alert", eventId: id, key, time: at, prediction: predictionOf(note) };
  const head = { specversion: "1.0", id: data.id, source: `/sluice/${acting.name}`, type: data.name, subject: key };
  const rest = { time: new Date(at).toISOString(), datacontenttype: "application/json", data };
  return Buffer.byteLength(json({ ...head, ...rest }));
}

/** That fit into one request. */
function mostRows(kind: EndpointKind): number {
  const limit = MODEL_BYTES[kind];
  const most = Math.floor(limit / (wideRequestBytes(2) - wideRequestBytes(1)));
  return wideRequestBytes(most) <= limit ? most : most - 1;
}

async function openWideEndpoint(kind: EndpointKind) {
  const model = await openWideModel();
  const azureMl = await openAzureMl({ endpoints: { wide: model.endpoint }, identity: services().services.identity });
  const url = kind === "azure-ml" ? azureMl.url("wide") : model.endpoint;
  const infer = azureInfer({ pipeline: widePipeline, url, kind });
  const close = async () => {
    await infer.close();
    await azureMl.close();
    await model.close();
  };
  return { infer, lengths: model.lengths, close };
}

function nameOf(url: string): string {
  return url.split("/").at(-1)!;
}
