import { gunzipSync } from "node:zlib";
import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { describe, expect, it } from "@jest/globals";
import { openAwsEmulators } from "../../../../emulators/aws";
import { failing } from "../../../../emulators/aws/faults";
import type { FirehoseOptions } from "../../../../emulators/aws/firehose";
import { type ManualClock, manualClock } from "../../../support/manual-clock";
import { opened } from "../opened";
import { until } from "../until";
import { kinesisClient, s3Client } from "./clients";

const KEY = /^raw\/dt=(\d{4}-\d\d-\d\d)\/hh=(\d\d)\/archive-1-\1-\2-\d\d-\d\d-[\da-f-]{36}\.jsonl\.gz$/;

async function archive(options: Partial<FirehoseOptions> = {}) {
  const clock = manualClock({ auto: false });
  const aws = await opened(openAwsEmulators({ clock }));
  await aws.provision({ stream: "s", shards: 2, bucket: "b" });
  const firehose = aws.openArchive({ stream: "s", bucket: "b", name: "archive", ...options });
  const client = kinesisClient(aws.services.kinesis.endpoint);
  const s3 = s3Client(aws.services.s3.endpoint);
  return {
    aws,
    clock,
    firehose,
    put: (texts: readonly string[], key = "k") =>
      client.send(
        new PutRecordsCommand({
          StreamName: "s",
          Records: texts.map((text) => ({ PartitionKey: key, Data: Buffer.from(text) })),
        }),
      ),
    /** The text of each object, in the order of writing. */
    texts: () =>
      Promise.all(
        firehose.objects.map(async (Key) => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: "b", Key }));
          return gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString();
        }),
      ),
  };
}

/** The services answer in real time; the pauses between attempts are on the clock. */
function passing(clock: ManualClock, condition: () => boolean): Promise<void> {
  return until(condition, () => clock.advance(1_000));
}

describe("a delivery stream", () => {
  it("writes what the stream holds as compressed lines, each shard in order", async () => {
    const { firehose, put, texts } = await archive();
    await put(["a1", "a2", "a3"], "a");
    await put(["b1", "b2"], "b");

    await firehose.flush();

    const lines = (await texts()).join("").split("\n");
    expect(lines.filter((line) => line.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(lines.filter((line) => line.startsWith("b"))).toEqual(["b1", "b2"]);
    expect([lines.length, lines.at(-1)]).toEqual([6, ""]);
  });

  it("names objects by the hour and second in which their first record arrived", async () => {
    const { firehose, put } = await archive();
    const before = new Date();
    await put(["x"]);

    await firehose.flush();

    expect(firehose.objects).toHaveLength(1);
    expect(firehose.objects[0]).toMatch(KEY);
    const second = /archive-1-([\d-]{19})/.exec(firehose.objects[0] ?? "")?.[1] ?? "";
    expect(second >= before.toISOString().slice(0, 19).replace(/[T:]/g, "-")).toBe(true);
  });

  it("goes on after what is written, and writes nothing when there is nothing", async () => {
    const { firehose, put, texts } = await archive();
    await put(["1"]);
    await firehose.flush();
    await firehose.flush();
    await put(["2", "3"]);

    await firehose.flush();

    expect(await texts()).toEqual(["1\n", "2\n3\n"]);
  });

  it("writes an object whenever the buffer is full", async () => {
    const { firehose, put, texts } = await archive({ bufferBytes: 10 });
    await put(["1111", "2222", "3333", "4444", "5555"]);

    await firehose.flush();

    expect(await texts()).toEqual(["1111\n2222\n", "3333\n4444\n", "5555\n"]);
  });

  it("writes by itself when the first record has waited for the interval", async () => {
    const { firehose, clock, put } = await archive({ bufferMs: 10_000, pollMs: 1_000 });
    await put(["1"]);
    const begun = clock.monotonic();

    const written = () => firehose.objects.length > 0;
    await until(written, async () => {
      await until(() => clock.sleepers() === 1 || written());
      await clock.advance(1_000);
    });

    expect(clock.monotonic() - begun).toBeGreaterThanOrEqual(10_000);
    expect(clock.monotonic() - begun).toBeLessThanOrEqual(13_000);
  });

  it("tries a write again until it succeeds, and neither loses nor reorders", async () => {
    const { aws, firehose, clock, put, texts } = await archive({ bufferBytes: 5 });
    aws.faults.s3.set(failing("throttled"));
    await put(["1111", "2222"]);
    const flushed = firehose.flush();
    await passing(clock, () => aws.faults.s3.requests.reply >= 3);

    aws.faults.s3.set(undefined);
    await passing(clock, () => firehose.objects.length === 2);
    await flushed;

    expect(await texts()).toEqual(["1111\n", "2222\n"]);
  });

  it("writes an object once although the answer to the first write was lost", async () => {
    const { aws, firehose, clock, put, texts } = await archive();
    aws.faults.s3.set(({ index }) => (index === 0 ? { kind: "lose" } : undefined));
    await put(["1"]);

    const flushed = firehose.flush();
    await passing(clock, () => firehose.objects.length === 1);
    await flushed;

    const { Contents } = await s3Client(aws.endpoints.s3).send(new ListObjectsV2Command({ Bucket: "b" }));
    expect(await texts()).toEqual(["1\n"]);
    expect([aws.faults.s3.requests.lose, Contents?.length]).toEqual([1, 1]);
  });

  it("rejects a flush when the stream cannot be read, and loses nothing by it", async () => {
    const { aws, firehose, put, texts } = await archive();
    await put(["1"]);
    await firehose.flush();
    await put(["2"]);
    aws.faults.kinesis.set(failing("throttled"));

    await expect(firehose.flush()).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
    aws.faults.kinesis.set(undefined);
    await firehose.flush();

    expect(await texts()).toEqual(["1\n", "2\n"]);
  });

  it("stops at once, also while a write is tried again and again", async () => {
    const { aws, firehose, clock, put } = await archive();
    aws.faults.s3.set(failing("unavailable"));
    await put(["1"]);
    const flushed = firehose.flush().catch(() => "stopped");
    await until(() => aws.faults.s3.requests.reply === 1);

    await firehose.close();

    expect([await flushed, firehose.objects, clock.sleepers()]).toEqual(["stopped", [], 0]);
  });
});
