import { expect } from "@jest/globals";
import { streams, Type } from "avsc";
import type { ArchivedMessage, ArchiveQuery } from "sluice";
import { azureArchive } from "../../../../../adapters/azure/archive";
import { archiveWriter, type StreamMessage } from "../../../../../adapters/azure/archive/writer";
import { stubCredentials } from "../../../../support/azure-stub";
import { HOUR, MINUTE, readUpToError } from "../../suites/archived";
import { type BlobService, withBlobs } from "../blob/service";

/** A message of a partition by its number; each came a minute after the other. */
export function message(sequence: number, body: string | Uint8Array = `event ${sequence}`): StreamMessage {
  return { sequence, offset: String(sequence * 100), time: HOUR + sequence * MINUTE, body };
}

export function messages(first: number, last: number): StreamMessage[] {
  return Array.from({ length: last - first + 1 }, (_, i) => message(first + i));
}

/** Writes as the function does. */
export async function write(
  { container }: Pick<BlobService, "container">,
  batches: readonly (readonly StreamMessage[])[],
  partition = "0",
): Promise<void> {
  const writer = archiveWriter({ container, credentials: stubCredentials(), maxAttempts: 1 });
  for (const batch of batches) await writer.write(partition, batch);
}

/** What is read up to an error, and the error. */
export async function read(
  { container }: Pick<BlobService, "container">,
  query: ArchiveQuery = {},
): Promise<[found: ArchivedMessage[], error: unknown]> {
  return readUpToError(azureArchive({ container, credentials: stubCredentials(), maxAttempts: 1 }), query);
}

/** The bodies of what is read of these batches. */
export function bodiesOf(
  batches: readonly (readonly StreamMessage[])[],
  query: ArchiveQuery = {},
): Promise<(string | Uint8Array)[]> {
  return withBlobs(async (service) => {
    await write(service, batches);
    const [found, error] = await read(service, query);
    expect(error).toBeUndefined();
    return found.map(({ body }) => body);
  });
}

const CAPTURED = Type.forSchema({
  type: "record",
  name: "EventData",
  namespace: "Microsoft.ServiceBus.Messaging",
  fields: [
    { name: "SequenceNumber", type: "long" },
    { name: "Offset", type: "string" },
    { name: "EnqueuedTimeUtc", type: "string" },
    { name: "SystemProperties", type: { type: "map", values: ["long", "double", "string", "bytes"] } },
    { name: "Properties", type: { type: "map", values: ["long", "double", "string", "bytes", "null"] } },
    { name: "Body", type: ["null", "bytes"] },
  ],
});

/** As Event Hubs captures messages. */
export async function captured(
  batch: readonly StreamMessage[],
  options: { codec?: string; blockSize?: number } = {},
): Promise<Buffer> {
  const encoder = new streams.BlockEncoder(CAPTURED, { codec: "null", ...options });
  for (const { sequence, offset, time, body } of batch)
    encoder.write({
      SequenceNumber: sequence,
      Offset: offset,
      EnqueuedTimeUtc: usTime(time),
      SystemProperties: { "x-opt-partition-key": { string: "k" } },
      Properties: { type: { string: "t" }, count: { long: 7 } },
      Body: Buffer.from(body),
    });
  encoder.end();
  return Buffer.concat(
    await (encoder as unknown as AsyncIterable<Buffer> & { toArray(): Promise<Buffer[]> }).toArray(),
  );
}

/** The name of a captured file that was begun some minutes into the hour. */
export function capturedName(minute = 0, partition = "0", hub = "ns/orders"): string {
  const [date = "", time = ""] = new Date(HOUR + minute * MINUTE).toISOString().split(/[T.]/);
  return `${hub}/${partition}/${date.replaceAll("-", "/")}/${time.replaceAll(":", "/")}.avro`;
}

/** `11/22/2026 8:11:02 PM`. */
export function usTime(time: number): string {
  return new Date(time).toLocaleString("en-US", { timeZone: "UTC", hour12: true }).replace(",", "");
}
