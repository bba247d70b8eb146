import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { openDynamoDb } from "../emulators/aws/dynamodb";
import { generate } from "../examples/card-fraud/pipeline";
import { makePrograms, type Programs } from "./aws-programs";
import { streamEvent } from "./core";
import { median } from "./measure";
import { output } from "./spawn";

export interface AwsStartResult {
  /** From the start of Node to a handler whose model is loaded, over Node that does nothing; medians, milliseconds. */
  loadedMs: { own: number; bundled: number; unbundled: number };
  /** Median over rounds of our time / theirs. */
  againstBundled: number;
  againstUnbundled: number;
  /** From the start of Node to the first batch of 100 stored in an emulated DynamoDB. */
  storedMs: { own: number; raw: number };
  againstRaw: number;
}

interface Times {
  loaded: number;
  stored: number;
}

const BATCH = 100;
const TABLE = "predictions";
const CHILD = path.join(__dirname, "aws-child.mjs");

/** A cold start of the function, in processes of their own that take turns. */
export async function benchAwsStart(rounds = 15): Promise<AwsStartResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "sluice-bench-"));
  const dynamodb = await openDynamoDb();
  const restore = setEnvironment({
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    SLUICE_TABLE: TABLE,
    SLUICE_BUCKET: "letters",
    SLUICE_BUS: "alerts",
  });
  try {
    await dynamodb.createTable(TABLE);
    const programs = await makePrograms(folder);
    const batch = path.join(folder, "batch.json");
    writeFileSync(batch, JSON.stringify(streamEvent(calmEvents())));
    return summary(await measured(programs, batch, rounds));
  } finally {
    restore();
    await dynamodb.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Events that call for no action and are not malformed: the first batch of most functions has neither. */
function calmEvents(): string[] {
  const bodies: string[] = [];
  for (const { kind, body } of generate({ seed: 1, count: 3 * BATCH, malformed: 0, repeats: 0 }))
    if (kind === "fresh" && typeof body === "string" && !body.includes('"fraud":true')) bodies.push(body);
  return bodies.slice(0, BATCH);
}

async function measured(programs: Programs, batch: string, rounds: number): Promise<Record<keyof Programs, Times>[]> {
  const names = Object.keys(programs) as (keyof Programs)[];
  const all: Record<keyof Programs, Times>[] = [];
  // The first round fills the disk's cache.
  for (let round = 0; round <= rounds; round++) {
    const times = {} as Record<keyof Programs, Times>;
    // Taking turns in going first.
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) times[name] = await start(programs[name], name === "bare" ? [] : [batch]);
    if (round > 0) all.push(times);
  }
  return all;
}

async function start(file: string, args: string[]): Promise<Times> {
  const startedAt = performance.timeOrigin + performance.now();
  const { loadedAt, doneAt } = JSON.parse(await output([CHILD, file, ...args]));
  return { loaded: loadedAt - startedAt, stored: doneAt - startedAt };
}

function summary(rounds: readonly Record<keyof Programs, Times>[]): AwsStartResult {
  const over = (name: keyof Programs) => rounds.map((round) => round[name].loaded - round.bare.loaded);
  const [own, bundled, unbundled] = [over("own"), over("bundled"), over("unbundled")];
  const ratio = (theirs: readonly number[]) => median(own.map((ms, round) => ms / theirs[round]!));
  return {
    loadedMs: { own: median(own), bundled: median(bundled), unbundled: median(unbundled) },
    againstBundled: ratio(bundled),
    againstUnbundled: ratio(unbundled),
    storedMs: {
      own: median(rounds.map((round) => round.own.stored)),
      raw: median(rounds.map((round) => round.raw.stored)),
    },
    againstRaw: median(rounds.map((round) => round.own.stored / round.raw.stored)),
  };
}

/** The programs inherit ours. The answer puts it back. */
function setEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  return () => {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  };
}
