import type { Clock, Random } from "../../../shared/clock";
import { encodeAvro } from "./avro";
import type { Refusal } from "./export";
import type { Lease } from "./leases";
import type { Message } from "./message";
import { objectName } from "./object-name";
import type { CloudStorageConfigOf } from "./resources";

export interface StorageWriterOptions {
  /** URL of Cloud Storage. */
  endpoint: string;
  /** Name of the subscription. */
  subscription: string;
  config: CloudStorageConfigOf<number>;
  clock: Clock;
  random: Random;
}

const DEFAULT_MS = 300_000;
/** So much is in the memory of the emulator before it is written, however much the subscription allows. */
const MAX_BYTES = 64 * 1024 * 1024;

export function storageLimits({ maxDuration = DEFAULT_MS, maxBytes, maxMessages }: CloudStorageConfigOf<number>) {
  return {
    ms: maxDuration,
    bytes: Math.min(maxBytes || MAX_BYTES, MAX_BYTES),
    messages: maxMessages || Number.POSITIVE_INFINITY,
  };
}

/** Writes each batch as one object. Rejects if the object is not there after that. */
export function storageWriter({ endpoint, subscription, config, clock, random }: StorageWriterOptions) {
  return async (leases: readonly Lease[], signal: AbortSignal): Promise<readonly Refusal[]> => {
    const messages = leases.map(({ message }) => message);
    const name = objectName(config, clock.now(), uniqueName(random));
    const query = new URLSearchParams({ uploadType: "media", name });
    const response = await fetch(`${endpoint}/upload/storage/v1/b/${encodeURIComponent(config.bucket)}/o?${query}`, {
      method: "POST",
      headers: { "content-type": config.avroConfig ? "application/octet-stream" : "text/plain" },
      body: new Uint8Array(await encode(messages, subscription, config)),
      signal,
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`Cloud Storage answered ${response.status}`);
    return [];
  };
}

function encode(messages: readonly Message[], subscription: string, { avroConfig }: CloudStorageConfigOf<number>) {
  if (avroConfig) return encodeAvro(messages, avroConfig.writeMetadata ? subscription : undefined);
  return Buffer.concat(messages.flatMap(({ data }) => [data, Buffer.from("\n")]));
}

function uniqueName(random: Random): string {
  return Array.from({ length: 4 }, () =>
    Math.floor(random() * 0x100000000)
      .toString(16)
      .padStart(8, "0"),
  ).join("");
}
