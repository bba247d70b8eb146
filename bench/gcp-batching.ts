import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { decodeRequest, encodeResponse } from "../adapters/endpoint";
import { median } from "./measure";
import { events, pipelineFor } from "./workload";

export interface GcpBatchingResult {
  /** Messages per second with 80 requests at a time, each with one event. */
  perSecond: { alone: number; joined: number };
  /** Median over rounds of joined / alone. */
  throughput: number;
  /** Median latency of one request at a time, milliseconds. */
  idleMs: { alone: number; joined: number };
  /** Median over rounds of joined / alone. */
  idle: number;
}

/** Calls of the model for each message by itself, or joined while the endpoint is busy. */
export type Mode = "alone" | "joined";

interface Round {
  perSecond: Record<Mode, number>;
  idleMs: Record<Mode, number>;
}

const CONCURRENCY = 80;
/** The endpoint: this many calls at once, each so long. */
const WORKERS = 4;
const CALL_MS = 10;
const ROW_MS = 0.1;

/** The function before an endpoint that takes 10 ms for a call and 0.1 ms for a row: what joining calls gains, and costs. */
export async function benchGcpBatching({ rounds = 7, sliceMs = 1_000 } = {}): Promise<GcpBatchingResult> {
  const endpoint = await openEndpoint();
  const { ports, close } = await openFunctions(endpoint.url);
  try {
    const all: Round[] = [];
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      const one: Round = { perSecond: { alone: 0, joined: 0 }, idleMs: { alone: 0, joined: 0 } };
      const modes: Mode[] = round % 2 === 0 ? ["alone", "joined"] : ["joined", "alone"];
      for (const mode of modes) {
        one.idleMs[mode] = median(await load(ports[mode], 1, sliceMs / 2));
        one.perSecond[mode] = (await load(ports[mode], CONCURRENCY, sliceMs)).length / (sliceMs / 1_000);
      }
      if (round > 0) all.push(one);
    }
    return summary(all);
  } finally {
    close();
    endpoint.close();
  }
}

function summary(rounds: readonly Round[]): GcpBatchingResult {
  const of = (what: keyof Round, mode: Mode) => median(rounds.map((round) => round[what][mode]));
  const ratio = (what: keyof Round) => median(rounds.map((round) => round[what].joined / round[what].alone));
  return {
    perSecond: { alone: of("perSecond", "alone"), joined: of("perSecond", "joined") },
    throughput: ratio("perSecond"),
    idleMs: { alone: of("idleMs", "alone"), joined: of("idleMs", "joined") },
    idle: ratio("idleMs"),
  };
}

/** The function in a process of its own, as it is on Cloud Run. */
async function openFunctions(url: string): Promise<{ ports: Record<Mode, number>; close(): void }> {
  const register = path.join(__dirname, "..", "tools", "register.cjs");
  const file = path.join(__dirname, "gcp-batching-case.ts");
  const child = spawn(process.execPath, ["--require", register, file, url], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { ports: JSON.parse(line.toString()), close: () => child.stdin.end() };
}

/** A model server with so many workers; the rest waits. */
async function openEndpoint() {
  const waiting: (() => void)[] = [];
  const { outputs } = pipelineFor("m").model;
  let free = WORKERS;
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { rows, width } = decodeRequest(Buffer.concat(chunks));
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    await new Promise((resolve) => setTimeout(resolve, CALL_MS + rows * ROW_MS));
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
    const columns = Object.entries(outputs).map(
      ([name, { width: values }]) => [name, { width: values, data: new Float32Array(rows * values) }] as const,
    );
    response.end(encodeResponse({ model: "bench", rows, width, outputs: Object.fromEntries(columns) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close().closeAllConnections(),
  };
}

/** Pushes for some time over so many connections; the latency of each that was acknowledged, milliseconds. */
async function load(port: number, connections: number, forMs: number): Promise<number[]> {
  const requests = events("m", 100).map(pushOf);
  const latencies: number[] = [];
  const end = performance.now() + forMs;
  let sent = 0;
  const one = async () => {
    const socket = connect(port, "127.0.0.1").setNoDelay();
    while (performance.now() < end) {
      const startedAt = performance.now();
      socket.write(requests[sent++ % requests.length]!);
      // An answer without a body is one chunk, and need not be parsed.
      const [answer] = (await once(socket, "data")) as [Buffer];
      if (!answer.includes("HTTP/1.1 204 ")) throw new Error(`The function answered ${answer}`);
      const answeredAt = performance.now();
      // What is still under way at the end would count in full, and 80 are much to the slower one.
      if (answeredAt <= end) latencies.push(answeredAt - startedAt);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, one));
  return latencies;
}

function pushOf(event: string): Buffer {
  const message = { data: Buffer.from(event).toString("base64"), messageId: "1" };
  const body = JSON.stringify({ message, subscription: "projects/p/subscriptions/s" });
  const head = `POST / HTTP/1.1\r\nhost: f\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.from(head + body);
}
