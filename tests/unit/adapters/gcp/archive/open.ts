import { streams, Type } from "avsc";
import type { ArchivedMessage, ArchiveQuery } from "sluice";
import { type GcpArchive, type GcpArchiveOptions, gcpArchive } from "../../../../../adapters/gcp/archive";
import { openStorage } from "../../../../../emulators/gcp/storage";
import { closing } from "../../../../support/closing";
import { type GcpStubAnswer, withGcpStub } from "../../../../support/gcp-stub";
import type { HttpRequest } from "../../../../support/http-stub";
import { manualClock } from "../../../../support/manual-clock";
import { HOUR, MINUTE, readUpToError } from "../../suites/archived";

export const BUCKET = "lake";

export interface Published {
  id: string;
  /** Milliseconds since 1970, with fractions for microseconds. */
  at: number;
  data: string | Uint8Array;
}

/** An object that was opened some minutes into the hour. */
export function objectName(name = "a", minute = 10): string {
  const [date, time] = new Date(HOUR + minute * MINUTE).toISOString().split(/[T.]/) as [string, string];
  return `raw/${date.replaceAll("-", "/")}/${time.replaceAll(":", "_")}Z_${name}.avro`;
}

const TYPE = Type.forSchema({
  type: "record",
  name: "PubsubMessageWithMetadata",
  fields: [
    { name: "subscription_name", type: "string" },
    { name: "message_id", type: "string" },
    { name: "publish_time", type: { type: "long", logicalType: "timestamp-micros" } },
    { name: "attributes", type: { type: "map", values: "string" } },
    { name: "data", type: "bytes" },
  ],
});

/** As the subscription writes messages; a block closes when it has so many bytes. */
export async function avro(
  messages: readonly Published[],
  options: { codec?: string; codecs?: Record<string, Codec>; blockSize?: number } = {},
): Promise<Buffer> {
  const encoder = new streams.BlockEncoder(TYPE, { codec: "null", ...options });
  for (const { id, at, data } of messages)
    encoder.write({
      subscription_name: "projects/p/subscriptions/archive",
      message_id: id,
      publish_time: Math.round(at * 1_000),
      attributes: { sluice: "1" },
      data: Buffer.from(data),
    });
  encoder.end();
  return Buffer.concat(
    await (encoder as unknown as AsyncIterable<Buffer> & { toArray(): Promise<Buffer[]> }).toArray(),
  );
}

export type Codec = (data: Buffer, done: (error: Error | null, block?: Buffer) => void) => void;

/** What is read of these objects. */
export async function read(
  objects: Readonly<Record<string, string | Uint8Array>>,
  query: ArchiveQuery = {},
  options: Partial<GcpArchiveOptions> = {},
): Promise<ArchivedMessage[]> {
  const [messages, error] = await readUntilError(objects, query, options);
  if (error !== undefined) throw error;
  return messages;
}

/** The same up to an error, and the error. */
export async function readUntilError(
  objects: Readonly<Record<string, string | Uint8Array>>,
  query: ArchiveQuery = {},
  options: Partial<GcpArchiveOptions> = {},
): Promise<[ArchivedMessage[], unknown]> {
  return closing(await openStorage(), async (storage) => {
    storage.createBucket(BUCKET);
    const archive = gcpArchive({ bucket: BUCKET, endpoint: storage.endpoint, maxAttempts: 1, ...options });
    return closing(archive, async () => {
      for (const [name, body] of Object.entries(objects)) {
        const path = `/upload/storage/v1/b/${BUCKET}/o?${new URLSearchParams({ uploadType: "media", name })}`;
        await archive.client.json({ path, body: Buffer.from(body) });
      }
      return readUpToError(archive, query);
    });
  });
}

/** An archive on a service that does as the test says. */
export function withStub<T>(
  answer: GcpStubAnswer,
  test: (archive: GcpArchive, requests: readonly HttpRequest[]) => Promise<T>,
  options: Partial<GcpArchiveOptions> = {},
): Promise<T> {
  return withGcpStub(answer, async ({ endpoint, requests }) => {
    return closing(gcpArchive({ bucket: BUCKET, endpoint, clock: manualClock(), ...options }), (archive) =>
      test(archive, requests),
    );
  });
}
