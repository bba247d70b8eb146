import { describe, expect, it, jest } from "@jest/globals";
import { encodeEnvelope, type Pipeline } from "sluice";
import { gcpInfer } from "../../../adapters/gcp/infer";
import { gcpIngest } from "../../../adapters/gcp/ingest";
import { documentId } from "../../../adapters/gcp/store";
import { fieldWriter } from "../../../adapters/gcp/store/document";
import { openVertex } from "../../../emulators/gcp/vertex";
import { bodiesOf, idsOf } from "../../support/cloud-path";
import { duringTests } from "../../support/during-tests";
import { openGcpServices, PROJECT } from "../../support/gcp/services";
import { openPubSubStub } from "../../support/pubsub-stub";
import { events, json, quietPipeline, rowBatch } from "../../support/records";
import {
  eventOf,
  FITTING,
  MIB,
  NOTED_AMOUNT,
  noted,
  notesAround,
  PACKED,
  RAW,
  thinPipeline,
  toldBy,
  tooLongAt,
  WIDE,
} from "../../support/sized-events";
import { openWideModel, widePipeline, wideRequestBytes } from "../../support/wide-model";
import { openPushed, type Pushed } from "./pushed";

/** Of a message, as Pub/Sub counts. */
const MESSAGE_BYTES = 10_000_000;
const SHARED_ENDPOINT_BYTES = 1_500_000;
const MOST = 4 * MIB;
const limits = { ...quietPipeline.limits, maxEventBytes: MOST };
const storing: Pipeline = { ...quietPipeline, limits };
const thin = thinPipeline(MOST);

const services = duringTests(openGcpServices);

jest.setTimeout(60_000);

describe("an event on its way to the function", () => {
  it("is taken by the producer up to 4 MiB, in bytes and not in characters; one byte more fails alone", async () => {
    const path = await openPushed(services(), { pipeline: thin });
    const sized = ["a", WIDE].flatMap((fill, i) => [eventOf(MOST, i * 2, fill), eventOf(MOST + 1, i * 2 + 1, fill)]);

    const report = await path.ingest.publish({ keys: sized.map(() => "k"), bodies: sized });
    await path.drained();

    expect(report.failures.map(({ index, error }) => [index, error.code])).toEqual([
      [1, "oversize"],
      [3, "oversize"],
    ]);
    expect(await idsOf(path)).toEqual(["e0", "e2"]);
    expect(path.state()).toMatchObject({ delivered: 2, acked: 2 });
    await path.close();
  });

  it("is a letter with all of its 4 MiB where it is bad, also where each way there makes it longer", async () => {
    const path = await openPushed(services(), { pipeline: thin });
    const body = Buffer.concat([Buffer.alloc(MOST - RAW.length, 0x61), RAW]);

    await path.publish([body]);
    await path.drained();

    const letters = await path.letters();
    expect(letters.map(({ code }) => code)).toEqual(["encoding"]);
    expect(bodiesOf(letters)).toEqual([body.toString("latin1")]);
    await path.close();
  });

  it("is processed at the pipeline's own limit and a letter with all its bytes one byte above it", async () => {
    const path = await openPushed(services(), { pipeline: thinPipeline(5_000) });
    const bodies = [eventOf(5_000, 0, WIDE), eventOf(5_001, 1, WIDE), eventOf(5_000, 2)];

    await path.publish(bodies);
    await path.drained();

    const letters = await path.letters();
    expect(await idsOf(path)).toEqual(["e0", "e2"]);
    expect(letters.map(({ code, body }) => [code, Buffer.from(body).toString()])).toEqual([["oversize", bodies[1]]]);
    await path.close();
  });

  it.each(PACKED)("shares its message with others: %s", async (_, bodies, messages) => {
    const path = await openPushed(services(), { pipeline: thin });

    await path.publish(bodies);
    await path.drained();

    expect(path.state()).toMatchObject({ delivered: messages, acked: messages });
    expect(await path.stored()).toHaveLength(bodies.length);
    await path.close();
  });

  it("is published with as many others as Pub/Sub takes in a request: 1,000 messages, and far less than 10 MB", async () => {
    const { pubsub } = services().services;
    const topic = `projects/${PROJECT}/topics/sizes`;
    pubsub.createTopic(topic);
    const stub = await openPubSubStub(({ messages }) => {
      pubsub.publish(topic, messages);
      return undefined;
    });
    const ingest = gcpIngest({ topic, endpoint: stub.endpoint, maxEvents: 1 });
    const many = Array.from({ length: 1_001 }, (_, i) => eventOf(200, i));
    const long = Array.from({ length: 12 }, (_, i) => eventOf(MIB, i));

    for (const bodies of [many, long]) await ingest.publish({ keys: bodies.map(() => "key"), bodies });

    const requests = stub.requests.map(({ messages }) => messages.length);
    expect(requests).toEqual([1_000, 1, ...long.map(() => 1)]);
    expect(pubsub.topic(topic).published).toBe(many.length + long.length);
    await ingest.close();
    await stub.close();
  });
});

describe("a message of another producer", () => {
  it("may have 10 MB of events, and all of them are stored", async () => {
    const path = await openPushed(services(), { pipeline: thin });
    const { pubsub } = services().services;
    const bodies = Array.from({ length: 100 }, (_, i) => eventOf(99_000, i));
    const bare = encodeEnvelope([...bodies, ""], 0);
    const last = eventOf(MESSAGE_BYTES - Buffer.byteLength(bare), 100);

    const envelope = encodeEnvelope([...bodies, last], 0);
    pubsub.publish(path.names.topic, [{ data: envelope }]);
    await path.drained();

    expect(Buffer.byteLength(envelope)).toBe(MESSAGE_BYTES);
    expect(() => pubsub.publish(path.names.topic, [{ data: `${envelope}a` }])).toThrow("too large");
    expect(await path.stored()).toHaveLength(101);
    expect(path.state()).toMatchObject({ delivered: 1, acked: 1 });
    await path.close();
  });

  it("that is one event of more than a letter can hold stays with Pub/Sub, which gives it up whole", async () => {
    const path = await openPushed(services(), {
      pipeline: thin,
      subscription: { deadLetterPolicy: { deadLetterTopic: "", maxDeliveryAttempts: 5 } },
    });
    const body = eventOf(9 * MIB, 0);

    services().services.pubsub.publish(path.names.topic, [{ data: body }, { data: eventOf(200, 1) }]);
    await path.drained();

    expect(path.state()).toMatchObject({ acked: 1, deadLettered: 1 });
    expect(await idsOf(path)).toEqual(["e1"]);
    expect(bodiesOf(await path.letters())).toEqual([body]);
    await path.close();
  });
});

describe("what the function calls", () => {
  it("Firestore: a row of 1 MiB as a document is stored, one byte more is a letter that says why, neighbors are stored", async () => {
    const path = await openPushed(services(), { pipeline: storing });
    const most = MIB - documentBytes(path, "");
    const bodies = notesAround(most).map((note, number) => json(noted(number, note)));

    services().services.pubsub.publish(path.names.topic, [{ data: encodeEnvelope(bodies, 0) }]);
    await path.drained();

    const letters = await path.letters();
    expect(await idsOf(path)).toEqual(FITTING);
    expect(toldBy(letters)).toEqual(tooLongAt("store", bodies));
    expect(letters[0]?.message).toBe("The row has 1048577 bytes as a document; the store takes 1048576.");
    expect(path.state()).toMatchObject({ delivered: 1, acked: 1 });
    await path.close();
  });

  it("Vertex AI: rows of 1.5 MB are one request to a shared endpoint, one row more makes it two", async () => {
    const endpoint = await openWideEndpoint();
    const path = await openPushed(services(), { pipeline: widePipeline, infer: endpoint.infer });
    const most = Array.from({ length: 200 }, (_, rows) => rows).findLast(
      (rows) => wideRequestBytes(rows) <= SHARED_ENDPOINT_BYTES,
    )!;
    const asked: number[] = [];

    for (const rows of [most, most + 1]) {
      const before = endpoint.lengths.length;
      const message = encodeEnvelope(events(rows, { key: `k${rows}` }).map(json), 0);
      services().services.pubsub.publish(path.names.topic, [{ data: message }]);
      await path.drained();
      asked.push(endpoint.lengths.length - before);
    }

    const stored = await path.stored();
    expect(asked).toEqual([1, 2]);
    expect(Math.max(...endpoint.lengths)).toBe(wideRequestBytes(most));
    expect(stored).toHaveLength(2 * most + 1);
    for (const { id, prediction } of stored) expect([id, prediction["score"]]).toEqual([id, Number(id.slice(1))]);
    expect(path.state()).toMatchObject({ delivered: 2, acked: 2 });
    await path.close();
    await endpoint.close();
  });
});

/** A shared endpoint whose model answers with a row's first feature. */
async function openWideEndpoint() {
  const model = await openWideModel();
  const vertex = await openVertex({ endpoints: { wide: model.endpoint } });
  const url = `${vertex.endpoint}/v1/projects/local/locations/us-central1/endpoints/wide:rawPredict`;
  const infer = gcpInfer({ pipeline: widePipeline, url, kind: "vertex" });
  const close = async () => {
    await infer.close();
    await vertex.close();
    await model.close();
  };
  return { infer, lengths: model.lengths, close };
}

/** Of the row of such an event, as Firestore counts its document. */
function documentBytes({ names }: Pushed, note: string): number {
  const prediction = { score: 0.5, suspicious: true, amount: NOTED_AMOUNT, note };
  const rows = rowBatch([noted(1, note)], { predictions: [prediction] });
  const name = `${names.collection}/${documentId("k", "e1")}`;
  return fieldWriter(rows, { storedAt: Date.now(), expiresAt: undefined }).size(0, "key", name);
}
