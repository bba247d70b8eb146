import { createEngine } from "sluice";
import { openLocal } from "../../../adapters/local";
import { systemClock, systemRandom } from "../../../adapters/system";
import { runWorker } from "../../../functions/local/worker";
import { memoryInfer } from "../memory/infer";
import { testPipeline } from "../records";

// A worker to be killed: work.ts <directory> <events per batch>. Says `working` after its first batch, and ends when all is done.
const [directory = "", batchEvents = "10"] = process.argv.slice(2);

async function main(): Promise<void> {
  const database = openLocal({ directory, pipeline: testPipeline });
  const { store, deadLetters, actions } = database;
  const infer = memoryInfer();
  const ports = { pipeline: testPipeline, infer, store, deadLetters, actions };
  const engine = createEngine({ ...ports, clock: systemClock, random: systemRandom });
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());

  let batches = 0;
  const summary = await runWorker({
    database,
    engine,
    batchEvents: Number(batchEvents),
    leaseMs: 1_000,
    untilDrained: true,
    signal: stop.signal,
    onBatch: () => {
      if (++batches === 1) process.stdout.write("working\n");
    },
  });
  await database.close();
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

void main();
