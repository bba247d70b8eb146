import type { ServerResponse } from "node:http";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { type AwsArchive, type AwsArchiveOptions, awsArchive } from "../../../../../adapters/aws/archive";
import { listen } from "../../../../../emulators/listen";
import { errorOf } from "../../../../support/contract";
import { manualClock } from "../../../../support/manual-clock";
import { all } from "../../../../support/records";
import { BUCKET, key, lines, listing, readUntilError, withStub } from "./open";

describe("what goes wrong in the archive", () => {
  it("an object that is cut off gives what can be read, then an error that names it", async () => {
    const texts = Array.from({ length: 5_000 }, (_, i) => `${i} ${Math.sin(i)}`);
    const whole = gzipSync(lines(...texts));
    const [messages, error] = await readUntilError({ [key()]: whole.subarray(0, whole.length / 2) });

    expect(error).toMatchObject({ code: "encoding", stage: "archive", retryable: false, coordinates: { key: key() } });
    expect(messages.length).toBeGreaterThan(2_000);
    expect(messages.map(({ body }) => body)).toEqual(texts.slice(0, messages.length));
  });

  it("so does one whose checksum is wrong", async () => {
    const texts = Array.from({ length: 5_000 }, (_, i) => `${i} ${Math.sin(i)}`);
    const broken = gzipSync(lines(...texts));
    broken.writeUInt32LE(0, broken.length - 8);
    const [messages, error] = await readUntilError({ [key()]: broken });

    expect(messages.length).toBeGreaterThan(2_000);
    expect(messages.map(({ body }) => body)).toEqual(texts.slice(0, messages.length));
    expect(error).toMatchObject({ code: "encoding", coordinates: { key: key() } });
  });

  it("so does one whose lines are longer than any record", async () => {
    const [messages, error] = await readUntilError({ [key()]: `1\n${"x".repeat(11 * 1024 * 1024)}` });

    expect(messages).toHaveLength(1);
    expect(error).toMatchObject({ code: "encoding", coordinates: { key: key() } });
  });

  it("a connection that breaks is taken up where it broke", async () => {
    const whole = gzipSync(lines(...Array.from({ length: 2_000 }, (_, i) => `${i} ${Math.cos(i)}`)));
    const [messages, requests] = await withObject(
      whole,
      (start, response) => response.write(whole.subarray(start, start + 10_000), () => response.destroy()),
      async (archive, sent) => [await all(archive.read({})), sent] as const,
    );

    expect(messages.map(({ body }) => body).join("\n")).toBe(gunzipSync(whole).toString().trimEnd());
    expect(requests.length).toBeGreaterThan(2);
    expect(requests[0]).toMatchObject({ range: undefined });
    expect(requests.slice(1)).toEqual(requests.slice(1).map(() => ({ range: expect.any(String), match: '"1"' })));
  });

  it("one that breaks again and again without a byte is an error", async () => {
    const [error, requests] = await withObject(
      Buffer.from("1\n2\n3\n"),
      (start, response) => (start > 0 ? response.destroy() : response.write("1\n2", () => response.destroy())),
      async (archive, sent) => [await errorOf(all(archive.read({}))), sent.length] as const,
    );

    expect(error).toMatchObject({ code: "unavailable", stage: "archive", coordinates: { bucket: BUCKET, key: key() } });
    expect(requests).toBe(4);
  });

  it("a body that stands still is taken for a broken connection", async () => {
    const clock = manualClock({ auto: false });
    const messages: unknown[] = [];
    await withObject(
      Buffer.from("1\n2\n3\n"),
      (start, response) => (start > 0 ? response.end("2\n3\n") : response.write("1\n")),
      async (archive) => {
        for await (const { body } of archive.read({})) {
          messages.push(body);
          setImmediate(() => clock.advance(10_000));
        }
      },
      { clock },
    );

    expect(messages).toEqual(["1", "2", "3"]);
  });

  it("a read that is cancelled does not wait for the body", async () => {
    const controller = new AbortController();
    const error = await withStub(
      ({ path }) => {
        if (path.includes("list-type")) return { body: listing([key()], 99) };
        setImmediate(() => controller.abort());
        return "hang";
      },
      (archive) => errorOf(all(archive.read({}, { signal: controller.signal }))),
    );

    expect(error).toMatchObject({ code: "cancelled" });
  });
});

/** One object in S3, whose bytes are sent as the test says. Notes what is asked of it. */
async function withObject<T>(
  whole: Buffer,
  send: (start: number, response: ServerResponse) => unknown,
  test: (archive: AwsArchive, requests: readonly Asked[]) => Promise<T>,
  options: Partial<AwsArchiveOptions> = {},
): Promise<T> {
  const requests: Asked[] = [];
  const server = await listen(({ url, headers }, response) => {
    if (url?.includes("list-type")) {
      response.end(listing([key()], whole.length));
      return;
    }
    const start = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
    requests.push({ range: headers.range, match: headers["if-match"] });
    response.setHeader("etag", '"1"').setHeader("content-length", whole.length - start);
    send(start, response);
  });
  const archive = awsArchive({ bucket: BUCKET, endpoint: server.endpoint, maxAttempts: 1, ...options });
  try {
    return await test(archive, requests);
  } finally {
    await archive.close();
    await server.close();
  }
}

interface Asked {
  range: string | undefined;
  match: string | undefined;
}
