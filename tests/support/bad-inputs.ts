import { expect } from "@jest/globals";
import {
  createEngine,
  type DeadLetter,
  type EngineOptions,
  type ErrorCode,
  encodeEnvelope,
  type Infer,
  type Pipeline,
  type Store,
  type StoredPrediction,
  type TelemetryEvent,
} from "sluice";
import { localDirectory } from "./local-directory";
import { manualClock } from "./manual-clock";
import { memoryInfer, memoryState, openMemory } from "./memory";
import { all, event, json, testPipeline } from "./records";

export type Input = string | Uint8Array;

export interface Judged {
  /** Per input: why it was dead-lettered, or "stored". */
  fates: (ErrorCode | "stored")[];
  /** Per input: what its letter says, or undefined. */
  letters: (DeadLetter | undefined)[];
  rows: ReadonlyMap<string, StoredPrediction>;
  telemetry: readonly TelemetryEvent[];
}

export interface JudgeOptions {
  pipeline?: Pipeline;
  infer?: Infer;
  /** Longest event, bytes; default as everyone has it. */
  maxEventBytes?: number;
}

const FIRST = event(900_001);
const LAST = event(900_002);

/**
 * Sends each input through the engine into the embedded database, as a message of its own between two sound neighbors, and
 * once more as one event of an envelope. Checks what holds for every input: the neighbors are stored, each input has one
 * fate and the same both ways, letters hold the original bytes and short clean messages, and no prototype has changed.
 */
export async function judge(inputs: readonly Input[], options: JudgeOptions = {}): Promise<Judged> {
  const { pipeline = testPipeline, maxEventBytes = pipeline.limits.maxEventBytes } = options;
  const limited = { ...pipeline, limits: { ...pipeline.limits, maxEventBytes } };
  const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  const bodies = [json(FIRST), ...inputs, json(LAST)];
  const local = localDirectory();
  try {
    const database = local.open(limited);
    const alone = await through(
      database,
      bodies.map((body) => [body]),
      { ...options, pipeline: limited },
    );
    const memory = openMemory(memoryState("packed", 1, manualClock()));
    const packed = await through(memory, [bodies], { ...options, pipeline: limited });

    expect(packed.fates).toEqual(alone.fates);
    expect(alone.fates.at(0)).toBe("stored");
    expect(alone.fates.at(-1)).toBe("stored");
    for (const [i, letter] of alone.letters.entries()) if (letter) checkLetter(letter, bodies[i]!);
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
    return { ...alone, fates: alone.fates.slice(1, -1), letters: alone.letters.slice(1, -1) };
  } finally {
    await local.remove();
  }
}

type Ports = Pick<EngineOptions, "deadLetters" | "actions"> & { store: Store };

async function through(
  { store, deadLetters, actions }: Ports,
  messages: readonly (readonly Input[])[],
  { pipeline = testPipeline, infer = memoryInfer({ width: pipeline.featureNames.length }) }: JudgeOptions,
): Promise<Judged> {
  const telemetry: TelemetryEvent[] = [];
  const clock = manualClock();
  const engine = createEngine({
    ...{ pipeline, infer, store, deadLetters, actions, clock, random: () => 0.5 },
    telemetry: (told) => void telemetry.push(told),
  });
  const single = messages.length > 1;
  const outcome = await engine.processBatch({
    ...{ source: "bad-inputs", partition: "0", ordered: true, attempt: 1, lastAttempt: false },
    messages: messages.map((bodies, i) => ({
      body: single ? bodies[0]! : encodeEnvelope(bodies, 1),
      offset: String(i),
    })),
  });

  const count = messages.flat().length;
  const letters = new Array<DeadLetter | undefined>(count);
  for (const letter of await all(deadLetters.list({ limit: 10_000 })))
    letters[single ? Number(letter.position.offset) : letter.position.index] = letter;
  const rows = new Map((await all(store.query!({ limit: 10_000 }))).map((row) => [row.id, row]));
  expect(outcome).toMatchObject({ firstRetry: -1, received: count, retried: 0 });
  expect(outcome.stored + outcome.duplicates + outcome.deadLettered).toBe(count);
  expect(rows.size).toBe(outcome.stored);
  return { fates: Array.from(letters, (letter) => letter?.code ?? "stored"), letters, rows, telemetry };
}

function checkLetter({ body, message, code }: DeadLetter, sent: Input): void {
  expect(Buffer.compare(body, Buffer.from(sent as string))).toBe(0);
  expect([code, Buffer.byteLength(message) <= 2_048]).toEqual([code, true]);
  expect(message).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
  expect(message).not.toBe("");
}

/** Whether any letter or telemetry event holds the text. */
export function leaked({ letters, telemetry }: Judged, text: string): string[] {
  const written = [...letters.map((letter) => letter?.message ?? ""), JSON.stringify(telemetry)];
  return written.filter((line) => line.includes(text));
}
