import { Readable } from "node:stream";
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { describe, expect, it } from "@jest/globals";
import { openS3 } from "../../../../emulators/aws/s3";
import { opened } from "../opened";
import { s3Client } from "./clients";

async function bucket() {
  const emulator = await opened(openS3({ clock: { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) } }));
  emulator.createBucket("b");
  const client = s3Client(emulator.endpoint);
  return {
    emulator,
    client,
    put: (Key: string, Body: PutObjectCommandInput["Body"] = "x", others: Partial<PutObjectCommandInput> = {}) =>
      client.send(new PutObjectCommand({ Bucket: "b", Key, Body, ...others })),
    get: (Key: string, others: Partial<GetObjectCommandInput> = {}) =>
      client.send(new GetObjectCommand({ Bucket: "b", Key, ...others })),
    list: (others: Partial<ListObjectsV2CommandInput> = {}) =>
      client.send(new ListObjectsV2Command({ Bucket: "b", ...others })),
  };
}

const keys = async (client: S3Client) => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: "b" }));
  return Contents.map(({ Key }) => Key);
};

describe("an object", () => {
  it.each(["plain", "a/b//c", "../up", "with space+plus?&=%", "é 𝒳/\u{1f600}", "<&\">'"])(
    "is kept under the key %s",
    async (key) => {
      const { client, put, get } = await bucket();

      await put(key, key);

      expect(await (await get(key)).Body?.transformToString()).toBe(key);
      expect(await keys(client)).toEqual([key]);
    },
  );

  it("comes back with its type, encoding, user metadata, time and checksum", async () => {
    const { put, get } = await bucket();

    await put("k", Buffer.from([0, 255, 10]), {
      ContentType: "text/x-a",
      ContentEncoding: "gzip",
      CacheControl: "no-store",
      Metadata: { One: "1", two: "zwei" },
    });
    const got = await get("k");

    expect([...((await got.Body?.transformToByteArray()) ?? [])]).toEqual([0, 255, 10]);
    expect(got).toMatchObject({
      ContentType: "text/x-a",
      ContentEncoding: "gzip",
      CacheControl: "no-store",
      Metadata: { one: "1", two: "zwei" },
      LastModified: new Date("2026-01-02T03:04:05Z"),
      ContentLength: 3,
      ETag: '"daabad9de4c13765beb6e0a4ea14f25f"',
      ChecksumCRC32: expect.any(String),
    });
  });

  it("that is streamed in pieces comes back whole and with its own encoding", async () => {
    const { put, get } = await bucket();
    const body = Buffer.from("0123456789abcdef".repeat(20_000));

    const pieces = Readable.from([body.subarray(0, 100_000), body.subarray(100_000)]);
    await put("k", pieces, { ContentLength: body.length, ContentEncoding: "gzip" });
    const got = await get("k");

    expect(got.ContentEncoding).toBe("gzip");
    expect(body.equals(Buffer.from((await got.Body?.transformToByteArray()) ?? []))).toBe(true);
  });

  it("of several megabytes comes back whole", async () => {
    const { put, get } = await bucket();
    const body = Buffer.alloc(20_000_000, "abc");

    await put("k", body);

    expect(body.equals(Buffer.from((await (await get("k")).Body?.transformToByteArray()) ?? []))).toBe(true);
  });

  it.each([
    ["bytes=2-4", "234", "bytes 2-4/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=8-100", "89", "bytes 8-9/10"],
  ])("gives the range %s", async (range, text, shown) => {
    const { put, get } = await bucket();
    await put("k", "0123456789");

    const got = await get("k", { Range: range });

    expect([await got.Body?.transformToString(), got.ContentRange, got.$metadata.httpStatusCode]).toEqual([
      text,
      shown,
      206,
    ]);
  });

  it("that is not there is NoSuchKey, and NotFound to a look at its head", async () => {
    const { client, get } = await bucket();

    await expect(get("k")).rejects.toMatchObject({ name: "NoSuchKey", $metadata: { httpStatusCode: 404 } });
    await expect(client.send(new HeadObjectCommand({ Bucket: "b", Key: "k" }))).rejects.toMatchObject({
      name: "NotFound",
    });
  });

  it("is gone once deleted, and may be deleted again", async () => {
    const { client, put, get } = await bucket();
    await put("k");

    for (let i = 0; i < 2; i++) await client.send(new DeleteObjectCommand({ Bucket: "b", Key: "k" }));

    await expect(get("k")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it.each([
    ["a key of more than 1024 bytes", "k".repeat(1025), {}, "KeyTooLongError"],
    ["metadata of more than 2 KB", "k", { Metadata: { a: "x".repeat(2048) } }, "MetadataTooLarge"],
    ["a checksum of something else", "k", { ChecksumCRC32: "AAAAAA==" }, "BadDigest"],
    ["what it has not got", "k", { IfNoneMatch: '"etag"' }, "NotImplemented"],
  ])("refuses %s", async (_, key, others, name) => {
    const { client, put } = await bucket();

    await expect(put(key, "x", others)).rejects.toMatchObject({ name });
    expect(await keys(client)).toEqual([]);
  });
});

describe("a conditional write", () => {
  it("that demands a free key fails when there is an object, which stays as it is", async () => {
    const { put, get } = await bucket();
    await put("k", "first", { IfNoneMatch: "*" });

    const second = put("k", "second", { IfNoneMatch: "*" });

    await expect(second).rejects.toMatchObject({ name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } });
    expect(await (await get("k")).Body?.transformToString()).toBe("first");
  });

  it("succeeds for one of many writers at once", async () => {
    const { put, get } = await bucket();

    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => put("k", `writer ${i}`, { IfNoneMatch: "*" })),
    );

    const winners = outcomes.flatMap(({ status }, i) => (status === "fulfilled" ? [`writer ${i}`] : []));
    expect(winners).toEqual([await (await get("k")).Body?.transformToString()]);
  });

  it("of an old version fails, of the current one succeeds", async () => {
    const { put } = await bucket();
    const { ETag: first } = await put("k", "1");
    const { ETag: second } = await put("k", "2", { IfMatch: first });

    await expect(put("k", "3", { IfMatch: first })).rejects.toMatchObject({ name: "PreconditionFailed" });
    await expect(put("k", "3", { IfMatch: second })).resolves.toMatchObject({ ETag: expect.any(String) });
  });
});

describe("a list", () => {
  it("has the keys of a prefix in byte order, with their sizes", async () => {
    const { put, list } = await bucket();
    for (const key of ["b", "a/2", "a/\u{1f600}", "a/\uffff", "a/10"]) await put(key, "xyz");

    const { Contents = [], KeyCount, IsTruncated } = await list({ Prefix: "a/" });

    expect(Contents.map(({ Key }) => Key)).toEqual(["a/10", "a/2", "a/\uffff", "a/\u{1f600}"]);
    expect([Contents[0]?.Size, KeyCount, IsTruncated]).toEqual([3, 4, false]);
  });

  it("comes in pages that leave nothing out and repeat nothing, with and without a delimiter", async () => {
    const { put, list } = await bucket();
    for (const key of ["a", "d/1", "d/2", "d/3", "e", "f/1", "g"]) await put(key);
    const pages = async (Delimiter?: string) => {
      const seen: (string | undefined)[] = [];
      let token: string | undefined;
      do {
        const page: Awaited<ReturnType<typeof list>> = await list({ Delimiter, MaxKeys: 2, ContinuationToken: token });
        seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
        seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return seen.sort();
    };

    expect(await pages()).toEqual(["a", "d/1", "d/2", "d/3", "e", "f/1", "g"]);
    expect(await pages("/")).toEqual(["a", "d/", "e", "f/", "g"]);
  });

  it("starts after the key that it is told", async () => {
    const { put, list } = await bucket();
    for (const key of ["a", "b", "c"]) await put(key);

    const { Contents = [] } = await list({ StartAfter: "a" });

    expect(Contents.map(({ Key }) => Key)).toEqual(["b", "c"]);
  });
});

describe("a bucket", () => {
  it("loses many objects at once, whether they are there or not", async () => {
    const { client, put } = await bucket();
    await put("a & <b>");
    await put("stays");

    const { Deleted = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: "b", Delete: { Objects: [{ Key: "a & <b>" }, { Key: "unknown" }] } }),
    );

    expect(Deleted.map(({ Key }) => Key)).toEqual(["a & <b>", "unknown"]);
    expect(await keys(client)).toEqual(["stays"]);
  });

  it("goes only when it is empty", async () => {
    const { client, put } = await bucket();
    await put("k");
    const remove = () => client.send(new DeleteBucketCommand({ Bucket: "b" }));

    await expect(remove()).rejects.toMatchObject({ name: "BucketNotEmpty" });
    await client.send(new DeleteObjectCommand({ Bucket: "b", Key: "k" }));
    await remove();

    await expect(put("k")).rejects.toMatchObject({ name: "NoSuchBucket", $metadata: { httpStatusCode: 404 } });
  });
});
