import { asBuffer, decodeUtf8, withoutByteOrderMark } from "../../shared/guards";
import { hash53 } from "../../shared/hash";
import type { Pipeline } from "../../shared/pipeline";

/** Every event that was sent, in eight bytes or so each, to look all of them up afterwards. */
export interface Ledger {
  sent(bodies: readonly (string | Uint8Array)[]): void;
  /** Of a prediction that is stored. */
  stored(key: string, id: string): void;
  /** Of an event that is dead-lettered. */
  dead(body: Uint8Array): void;
  /** Events that are neither stored nor dead-lettered. */
  missing(): number;
}

export function createLedger(pipeline: Pipeline): Ledger {
  const sent: number[] = [];
  const stored = new Set<number>();
  const dead = new Set<number>();

  return {
    sent(bodies) {
      for (const body of bodies) {
        const text = typeof body === "string" ? body : decodeUtf8(asBuffer(body));
        sent.push(rowOf(text, pipeline), hashOf(body));
      }
    },
    stored: (key, id) => void stored.add(hashRow(key, id)),
    dead: (body) => void dead.add(hashOf(body)),
    missing() {
      let missing = 0;
      for (let i = 0; i < sent.length; i += 2) if (!stored.has(sent[i]!) && !dead.has(sent[i + 1]!)) missing++;
      return missing;
    },
  };
}

/** No hash is negative. */
const NO_ROW = -1;

/** The row that an event should have become, read as the pipeline reads it. */
function rowOf(text: string | undefined, pipeline: Pipeline): number {
  if (text === undefined) return NO_ROW;
  try {
    const parsed = pipeline.event.safeParse(JSON.parse(withoutByteOrderMark(text)));
    return parsed.success ? hashRow(pipeline.key(parsed.data), pipeline.id(parsed.data)) : NO_ROW;
  } catch {
    return NO_ROW;
  }
}

function hashRow(key: string, id: string): number {
  return hash53(JSON.stringify([key, id]));
}

function hashOf(body: string | Uint8Array): number {
  return hash53((typeof body === "string" ? Buffer.from(body) : asBuffer(body)).toString("latin1"));
}
