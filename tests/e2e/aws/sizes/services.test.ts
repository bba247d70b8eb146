import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type Clock, definePipeline, type Pipeline } from "sluice";
import * as z from "zod";
import { awsInfer } from "../../../../adapters/aws/infer";
import { itemSize, toItem } from "../../../../adapters/aws/store/item";
import { decodeRequest, encodeResponse } from "../../../../adapters/endpoint";
import { openSageMaker } from "../../../../emulators/aws/sagemaker";
import { openHttpFaults } from "../../../../emulators/http-faults";
import { listen, readBody } from "../../../../emulators/listen";
import { type AwsPath, openPath, type PathOptions } from "../../../support/aws/path";
import { type AwsServices, openAwsServices } from "../../../support/aws/services";
import { fastClock } from "../../../support/fast-clock";
import { event, events, json, quietPipeline, rowBatch, testPipeline } from "../../../support/records";
import { KIB, MIB, noteOf, WIDE } from "./events";

/** The memory model scores 0.5 for it. */
const AMOUNT = 12;
const limits = { ...testPipeline.limits, maxEventBytes: MIB };
const storing: Pipeline = { ...quietPipeline, limits };
const acting: Pipeline = { ...testPipeline, limits, actions: [{ name: "alert", when: () => true }] };

let services: AwsServices;

jest.setTimeout(30_000);

beforeAll(async () => {
  services = await openAwsServices();
});

afterAll(async () => {
  await services.close();
});

describe("the services' own limits, from the stream on", () => {
  it("PutRecords: a publish of 1,200 events is three requests, which the service takes", async () => {
    const path = await open({ pipeline: storing });
    const { kinesis } = services.faults;
    const before = kinesis.requests.pass;
    const many = Array.from({ length: 1_200 }, (_, number) => event(number, { key: `k${number}` }));

    const report = await path.ingest.publish({ keys: many.map(({ key }) => key), bodies: many.map(json) });

    expect(report).toEqual({ accepted: 1_200, alreadyAccepted: 0, failures: [] });
    expect(kinesis.requests.pass - before).toBe(3);
    await path.close();
  });

  it.each([false, true])(
    "DynamoDB: a row of 400 KB in bytes is stored, one byte more is a letter that says why, neighbors are stored (latest state: %s)",
    async (latest) => {
      const path = await open({ pipeline: storing, functionSettings: { latest }, clock: evenlyLong(fastClock(10)) });
      const most = 400 * KIB - itemBytes("") - (latest ? LATEST_BYTES : 0);
      const notes = ["", noteOf(most), noteOf(most + 1), noteOf(most, WIDE), noteOf(most + 1, WIDE), ""];

      const bodies = await publish(path, notes);
      await path.run();

      const letters = await path.letters();
      expect((await path.stored()).map(({ id }) => id).sort()).toEqual(["e0", "e1", "e3", "e5"]);
      expect(letters.map(({ code, stage, eventId }) => [code, stage, eventId])).toEqual([
        ["store-rejected", "store", "e2"],
        ["store-rejected", "store", "e4"],
      ]);
      expect(letters.map(({ body }) => Buffer.from(body).toString())).toEqual([bodies[2], bodies[4]]);
      expect(letters[0]?.message).toMatch(/^The row has \d+ bytes as an item; the table takes \d+\.$/);
      expect(path.mapping.stats.invocations).toBe(1);
      await path.close();
    },
  );

  it("EventBridge: an action of 256 KiB is not sent; its row is stored, its event is a letter, the other actions go out", async () => {
    const path = await open({ pipeline: acting });
    const most = 256 * KIB - 1 - entryBytes("");
    const notes = ["", noteOf(most), noteOf(most + 1), noteOf(most, WIDE), noteOf(most + 1, WIDE), ""];

    const bodies = await publish(path, notes);
    await path.run();

    const letters = await path.letters();
    const out = path.actions().map(({ eventId }) => eventId);
    expect(out.sort()).toEqual(["e0", "e1", "e3", "e5"]);
    expect((await path.stored()).map(({ id }) => id).sort()).toEqual(["e0", "e1", "e2", "e3", "e4", "e5"]);
    expect(letters.map(({ code, stage, eventId }) => [code, stage, eventId])).toEqual([
      ["store-rejected", "actions", "e2"],
      ["store-rejected", "actions", "e4"],
    ]);
    expect(letters.map(({ body }) => Buffer.from(body).toString())).toEqual([bodies[2], bodies[4]]);
    await path.close();
  });

  it("SageMaker: rows of more than 4 MB are as few requests as hold them, and each row gets its own answer", async () => {
    const endpoint = await openWideEndpoint();
    const path = await open({
      pipeline: wide,
      infer: endpoint.infer,
      producer: { eventsPerRecord: 50, lanes: 4 },
      settings: { parallelizationFactor: 1 },
    });
    const rows = events(300);

    await path.ingest.publish({ keys: rows.map(({ key }) => key), bodies: rows.map(json) });
    const before = endpoint.asked();
    await path.run();

    const stored = await path.stored();
    expect(path.mapping.stats.invocations).toBe(1);
    expect(endpoint.asked() - before).toBe(Math.ceil((300 * WIDTH * 4) / 4e6));
    expect(stored).toHaveLength(rows.length);
    for (const { id, prediction } of stored) expect([id, prediction["score"]]).toEqual([id, Number(id.slice(1))]);
    await path.close();
    await endpoint.close();
  });
});

/** What an item of the latest state has and the row does not: the sort key `#latest` and, for it, an `id`. */
const LATEST_BYTES = "#latest".length + "id".length;

const WIDTH = 5_000;
const wide = definePipeline({
  name: "wide",
  event: z.object({ id: z.string(), key: z.string(), at: z.number(), amount: z.number() }),
  id: ({ id }) => id,
  key: ({ key }) => key,
  time: ({ at }) => at,
  features: Object.fromEntries(
    Array.from({ length: WIDTH }, (_, i) => [`f${i}`, ({ amount }: { amount: number }) => amount + i]),
  ),
  model: { file: "wide.onnx", outputs: { score: { width: 1 } } },
  prediction: { score: (output) => output.score() },
});

/** A serverless endpoint whose model answers with a row's first feature. */
async function openWideEndpoint() {
  const container = await listen(async (request, response) => {
    const body = (await readBody(request)) ?? Buffer.alloc(0);
    const { rows, width, data } = decodeRequest(body);
    const first = Float32Array.from({ length: rows }, (_, row) => data[row * width]!);
    response.end(encodeResponse({ model: "wide-1", rows, width, outputs: { score: { width: 1, data: first } } }));
  });
  const sagemaker = await openSageMaker({ endpoints: { wide: container.endpoint } });
  // In front of SageMaker, so that what it refuses counts, too.
  const counter = await openHttpFaults({ target: sagemaker.endpoint });
  const infer = awsInfer({
    ...{ pipeline: wide, endpointName: "wide" },
    ...{ region: "us-east-1", endpoint: counter.endpoint },
  });
  const close = async () => {
    await infer.close();
    await counter.close();
    await sagemaker.close();
    await container.close();
  };
  return { infer, asked: () => counter.requests.pass, close };
}

async function open(options: PathOptions): Promise<AwsPath> {
  return openPath(services, { clock: fastClock(10), ...options });
}

/** An event per note, all of one key. */
async function publish({ ingest }: AwsPath, notes: readonly string[]): Promise<string[]> {
  const bodies = notes.map((note, number) => json(noted(number, note)));
  const { failures } = await ingest.publish({ keys: bodies.map(() => "k"), bodies });
  if (failures[0]) throw failures[0].error;
  return bodies;
}

function noted(number: number, note: string) {
  return event(number, { key: "k", amount: AMOUNT, note });
}

/** Tells no time that ends in a zero: the table does not count those. */
function evenlyLong(clock: Clock): Clock {
  return { ...clock, now: () => Math.floor(clock.now() / 10) * 10 + 1 };
}

const PREDICTION = { score: 0.5, suspicious: true, amount: AMOUNT };

/** Of the row of such an event, as the table counts it. */
function itemBytes(note: string): number {
  const rows = rowBatch([noted(1, note)], { predictions: [{ ...PREDICTION, note }] });
  return itemSize(toItem(rows, 0, { storedAt: evenlyLong(fastClock(1)).now(), expiresAt: undefined }));
}

/** Of its action, as EventBridge counts it: 14 for the time, source, detail type and detail. */
function entryBytes(note: string): number {
  const { id, key, at } = noted(1, note);
  const detail = { id: `${id}:alert`, name: "alert", eventId: id, key, time: at, prediction: { ...PREDICTION, note } };
  return 14 + Buffer.byteLength(`sluice.${acting.name}`) + "alert".length + Buffer.byteLength(json(detail));
}
