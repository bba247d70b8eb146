import { describe, expect, it, jest } from "@jest/globals";
import type { Clock, Pipeline } from "sluice";
import { awsInfer } from "../../../../adapters/aws/infer";
import { itemSize, toItem } from "../../../../adapters/aws/store/item";
import { openSageMaker } from "../../../../emulators/aws/sagemaker";
import { openHttpFaults } from "../../../../emulators/http-faults";
import { type AwsPath, openPath, type PathOptions } from "../../../support/aws/path";
import { openAwsServices } from "../../../support/aws/services";
import { idsOf } from "../../../support/cloud-path";
import { duringTests } from "../../../support/during-tests";
import { fastClock } from "../../../support/fast-clock";
import { event, events, json, quietPipeline, rowBatch, testPipeline } from "../../../support/records";
import {
  FITTING,
  KIB,
  MIB,
  NOTED_AMOUNT,
  noted,
  publishAround,
  toldBy,
  tooLongAt,
} from "../../../support/sized-events";
import { openWideModel, widePipeline } from "../../../support/wide-model";

const limits = { ...testPipeline.limits, maxEventBytes: MIB };
const storing: Pipeline = { ...quietPipeline, limits };
const acting: Pipeline = { ...testPipeline, limits, actions: [{ name: "alert", when: () => true }] };

const services = duringTests(openAwsServices);

jest.setTimeout(30_000);

describe("the services' own limits, from the stream on", () => {
  it("PutRecords: a publish of 1,200 events is three requests, which the service takes", async () => {
    const path = await open({ pipeline: storing });
    const { kinesis } = services().faults;
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

      const bodies = await publishAround(path, most);
      await path.run();

      const letters = await path.letters();
      expect(await idsOf(path)).toEqual(FITTING);
      expect(toldBy(letters)).toEqual(tooLongAt("store", bodies));
      expect(letters[0]?.message).toMatch(/^The row has \d+ bytes as an item; the table takes \d+\.$/);
      expect(path.mapping.stats.invocations).toBe(1);
      await path.close();
    },
  );

  it("EventBridge: an action of 256 KiB is not sent; its row is stored, its event is a letter, the other actions go out", async () => {
    const path = await open({ pipeline: acting });
    const most = 256 * KIB - 1 - entryBytes("");

    const bodies = await publishAround(path, most);
    await path.run();

    const letters = await path.letters();
    const out = path.actions().map(({ eventId }) => eventId);
    expect(out.sort()).toEqual(FITTING);
    expect(await idsOf(path)).toEqual(["e0", "e1", "e2", "e3", "e4", "e5"]);
    expect(toldBy(letters)).toEqual(tooLongAt("actions", bodies));
    await path.close();
  });

  it("SageMaker: rows of more than 4 MB are as few requests as hold them, and each row gets its own answer", async () => {
    const endpoint = await openWideEndpoint();
    const path = await open({
      pipeline: widePipeline,
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
    expect(endpoint.asked() - before).toBe(Math.ceil((300 * widePipeline.featureNames.length * 4) / 4e6));
    expect(stored).toHaveLength(rows.length);
    for (const { id, prediction } of stored) expect([id, prediction["score"]]).toEqual([id, Number(id.slice(1))]);
    await path.close();
    await endpoint.close();
  });
});

/** What an item of the latest state has and the row does not: the sort key `#latest` and, for it, an `id`. */
const LATEST_BYTES = "#latest".length + "id".length;

/** A serverless endpoint whose model answers with a row's first feature. */
async function openWideEndpoint() {
  const model = await openWideModel();
  const sagemaker = await openSageMaker({ endpoints: { wide: model.endpoint } });
  // In front of SageMaker, so that what it refuses counts, too.
  const counter = await openHttpFaults({ target: sagemaker.endpoint });
  const infer = awsInfer({
    ...{ pipeline: widePipeline, endpointName: "wide" },
    ...{ region: "us-east-1", endpoint: counter.endpoint },
  });
  const close = async () => {
    await infer.close();
    await counter.close();
    await sagemaker.close();
    await model.close();
  };
  return { infer, asked: () => counter.requests.pass, close };
}

async function open(options: PathOptions): Promise<AwsPath> {
  return openPath(services(), { clock: fastClock(10), ...options });
}

/** Tells no time that ends in a zero: the table does not count those. */
function evenlyLong(clock: Clock): Clock {
  return { ...clock, now: () => Math.floor(clock.now() / 10) * 10 + 1 };
}

const PREDICTION = { score: 0.5, suspicious: true, amount: NOTED_AMOUNT };

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
