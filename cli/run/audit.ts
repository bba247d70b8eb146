import type { LocalDatabase } from "../../adapters/local";
import { deadLetter } from "../../shared/deadletter";
import { decodeEnvelope, isEnvelope } from "../../shared/envelope";
import { SluiceError } from "../../shared/errors";
import { asBuffer, decodeUtf8, withoutByteOrderMark } from "../../shared/guards";
import type { Pipeline } from "../../shared/pipeline";

export interface AuditOptions {
  database: LocalDatabase;
  pipeline: Pipeline;
  /** Accepted at or after, milliseconds since 1970. */
  from: number;
}

/**
 * Looks up each event of the log: it must be stored, or be a dead letter of its own position. Returns how many are neither.
 * Needs no counter to be right, so it also holds after a crash; it costs some 20 us an event.
 */
export async function audit({ database, pipeline, from }: AuditOptions): Promise<number> {
  let missing = 0;
  for await (const { body, partition, offset } of database.archive.read({ from })) {
    const events = isEnvelope(body) ? (decodeEnvelope(body)?.events ?? [body]) : [body];
    for (const [index, event] of events.entries()) {
      const id = idOf(event, pipeline);
      if (id !== undefined && (await isStored(id))) continue;
      if (!(await isDead(event, { partition, offset, index }))) missing++;
    }
  }
  return missing;

  async function isStored(id: string): Promise<boolean> {
    for await (const _ of database.store.query({ id, limit: 1 })) return true;
    return false;
  }

  async function isDead(
    event: string | Uint8Array,
    position: { partition: string; offset: string; index: number },
  ): Promise<boolean> {
    // Only the id matters, which is that of the position.
    const { id } = deadLetter(event, new SluiceError("internal", "engine", ""), {
      position: { source: database.name, ...position },
      attempts: 0,
      pipeline: "",
      pipelineVersion: "",
      modelVersion: "",
      failedAt: 0,
    });
    return (await database.deadLetters.get(id)) !== undefined;
  }
}

function idOf(event: string | Uint8Array, pipeline: Pipeline): string | undefined {
  try {
    const text = typeof event === "string" ? event : decodeUtf8(asBuffer(event));
    if (text === undefined) return undefined;
    const parsed = pipeline.event.safeParse(JSON.parse(withoutByteOrderMark(text)));
    return parsed.success ? pipeline.id(parsed.data) : undefined;
  } catch {
    return undefined;
  }
}
