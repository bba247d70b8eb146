import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "@jest/globals";
import { openS3 } from "../../../../../emulators/aws/s3";
import { manualClock } from "../../../../support/manual-clock";
import { event, rowBatch } from "../../../../support/records";
import { withTable } from "./open";

describe("NDJSON beside the table", () => {
  it("holds what was stored, in an object that the same rows write again", () =>
    withBucket(async (objects) => {
      const ndjson = { bucket: "lake", prefix: "predictions/" };
      const rows = () => rowBatch([event(1), event(2, { note: "x".repeat(410_000) }), event(4, { label: true })]);
      await withTable({ ndjson, objects, clock: manualClock({ start: 7 }) }, async (store) => {
        await store.write(rows());
        await store.write(rows());
      });

      const { Contents = [] } = await objects.send(new ListObjectsV2Command({ Bucket: "lake" }));
      const { Body } = await objects.send(new GetObjectCommand({ Bucket: "lake", Key: Contents[0]?.Key }));
      const lines = (await Body?.transformToString())
        ?.trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));

      expect(Contents.map(({ Key }) => Key)).toEqual([
        expect.stringMatching(/^predictions\/dt=2026-01-01\/[a-z0-9-]+\.jsonl$/),
      ]);
      expect(lines).toMatchObject([
        { id: "e1", truth: null },
        { id: "e4", truth: 1, key: "k1", amount: 4, storedAt: 7 },
      ]);
    }));

  it("that cannot be written makes all rows ones to write again", () =>
    withBucket(async (objects) => {
      await withTable({ ndjson: { bucket: "nowhere", prefix: "" }, objects }, async (store) => {
        const { failures } = await store.write(rowBatch(3));

        expect(failures.map(({ index, error }) => [index, error.code, error.coordinates["bucket"]])).toEqual([
          [0, "unavailable", "nowhere"],
          [1, "unavailable", "nowhere"],
          [2, "unavailable", "nowhere"],
        ]);
      });
    }));
});

async function withBucket(test: (objects: S3Client) => Promise<void>): Promise<void> {
  const s3 = await openS3();
  s3.createBucket("lake");
  const objects = new S3Client({ endpoint: s3.endpoint, forcePathStyle: true, maxAttempts: 1 });
  try {
    await test(objects);
  } finally {
    objects.destroy();
    await s3.close();
  }
}
