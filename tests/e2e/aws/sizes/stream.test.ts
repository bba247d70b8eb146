import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it, jest } from "@jest/globals";
import { clientConfig } from "../../../../adapters/aws/client";
import { type AwsPath, openPath, type PathOptions } from "../../../support/aws/path";
import { openAwsServices } from "../../../support/aws/services";
import { bodiesOf, idsOf } from "../../../support/cloud-path";
import { duringTests } from "../../../support/during-tests";
import { fastClock } from "../../../support/fast-clock";
import { eventOf, KIB, MIB, RAW, thinPipeline, WIDE } from "../../../support/sized-events";

const thin = thinPipeline(MIB);

const services = duringTests(openAwsServices);

jest.setTimeout(30_000);

describe("an event on its way to the function", () => {
  it("is taken by the producer up to 767 KiB, in bytes and not in characters; one byte more fails alone", async () => {
    const path = await open({ pipeline: thin });
    const [limit, key] = [767 * KIB, "k"];
    const sized = [
      ["a", "one byte each"],
      [WIDE, "four bytes each"],
    ].flatMap(([fill], i) => [eventOf(limit, i * 2, fill!), eventOf(limit + 1, i * 2 + 1, fill!)]);

    const report = await path.ingest.publish({ keys: sized.map(() => key), bodies: sized });
    await path.run();

    expect(sized.map((body) => Buffer.byteLength(body))).toEqual([limit, limit + 1, limit, limit + 1]);
    expect(report.failures.map(({ index, error }) => [index, error.code])).toEqual([
      [1, "oversize"],
      [3, "oversize"],
    ]);
    expect(await idsOf(path)).toEqual(["e0", "e2"]);
    await path.close();
  });

  it("fits into a record of 1 MiB also where it must be escaped, under the longest key there is", async () => {
    const path = await open({ pipeline: thin });
    const body = Buffer.concat([Buffer.alloc(767 * KIB - RAW.length, 0x61), RAW]);

    const report = await path.ingest.publish({ keys: [WIDE.repeat(128)], bodies: [body] });
    await path.run();

    expect(report).toMatchObject({ accepted: 1, failures: [] });
    expect(bodiesOf(await path.letters())).toEqual([body.toString("latin1")]);
    await path.close();
  });

  it("of another producer may fill a whole record of 1 MiB, key included, and becomes a row or a letter", async () => {
    const path = await open({ pipeline: thin });
    const client = new KinesisClient(clientConfig(services().client("kinesis")));
    const put = (Data: Buffer) =>
      client.send(new PutRecordCommand({ StreamName: path.names.stream, PartitionKey: "key", Data }));
    const good = Buffer.from(eventOf(MIB - 3, 1));
    const bad = Buffer.concat([Buffer.alloc(MIB - 3 - RAW.length, 0x61), RAW]);

    await put(good);
    await put(bad);
    await path.run();

    expect(await idsOf(path)).toEqual(["e1"]);
    expect(bodiesOf(await path.letters())).toEqual([bad.toString("latin1")]);
    client.destroy();
    await path.close();
  });

  it("is processed at the pipeline's own limit and a letter with all its bytes one byte above it", async () => {
    const path = await open({ pipeline: thinPipeline(5_000) });
    const bodies = [eventOf(5_000, 0, WIDE), eventOf(5_001, 1, WIDE), eventOf(5_000, 2)];

    await path.ingest.publish({ keys: bodies.map(() => "k"), bodies });
    await path.run();

    expect(await idsOf(path)).toEqual(["e0", "e2"]);
    expect((await path.letters()).map(({ code, body }) => [code, Buffer.from(body).toString()])).toEqual([
      ["oversize", bodies[1]],
    ]);
    await path.close();
  });

  it("comes with as many others as 6 MB hold: a hundred of the longest are 17 invocations, each of them stored", async () => {
    const lengths: number[] = [];
    const path = await open({
      pipeline: thin,
      settings: { parallelizationFactor: 1 },
      around: (batch, run) => {
        lengths.push(Buffer.byteLength(JSON.stringify(batch)));
        return run();
      },
    });
    const bodies = Array.from({ length: 100 }, (_, number) => eventOf(767 * KIB, number));

    for (let from = 0; from < 100; from += 10) {
      const part = bodies.slice(from, from + 10);
      await path.ingest.publish({ keys: part.map((_, i) => `k${i}`), bodies: part });
    }
    await path.run();

    expect(Math.max(...lengths)).toBeLessThanOrEqual(6 * MIB);
    expect(lengths).toHaveLength(17);
    expect(await path.stored()).toHaveLength(100);
    expect(await path.letters()).toEqual([]);
    await path.close();
  });

  it("is in what the mapping gives up, however long: an invocation of 6 MB becomes letters, byte for byte", async () => {
    const path = await open({
      settings: { parallelizationFactor: 1, maximumRetryAttempts: 0, bisectBatchOnFunctionError: false },
      invoke: async () => {
        throw new Error("The process died.");
      },
    });
    const bodies = Array.from({ length: 5 }, (_, number) => eventOf(767 * KIB, number));

    await path.ingest.publish({ keys: bodies.map((_, i) => `k${i}`), bodies });
    await path.run();

    expect(path.mapping.stats).toMatchObject({ letters: 1, discarded: 5 });
    expect(bodiesOf(await path.letters())).toEqual(bodies.toSorted());
    await path.close();
  });
});

async function open(options: PathOptions): Promise<AwsPath> {
  return openPath(services(), { clock: fastClock(10), ...options });
}
