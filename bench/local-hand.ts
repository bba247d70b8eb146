import path from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { InferenceSession, Tensor } from "onnxruntime-node";
import pipeline, { generate } from "../examples/card-fraud/pipeline";

/**
 * The limit of one process: the card-fraud pipeline written by hand, with no log, no guards, no dead letters, no checkpoint,
 * no check for repeats, and events that are in memory already. `process.argv`: events, and the file to write. Prints milliseconds.
 */
const BATCH = 1_000;

interface Transaction {
  transactionId: string;
  cardId: string;
  at: number;
  fraud?: boolean;
}

async function main(count: number, file: string): Promise<void> {
  const texts = [...generate({ seed: 42, count, malformed: 0, repeats: 0 })].map(({ body }) => String(body));
  const model = path.join(__dirname, "..", "examples", "card-fraud", pipeline.model.file);
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const store = new DatabaseSync(file);
  store.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  store.exec("CREATE TABLE predictions (seq INTEGER PRIMARY KEY, id, key, time, truth, features, score, flagged)");
  const insert = store.prepare("INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const features = pipeline.featureNames.map((name) => pipeline.features[name]!);
  const width = features.length;
  const matrix = new Float32Array(BATCH * width);

  const startedAt = performance.now();
  for (let from = 0; from < texts.length; from += BATCH) {
    const events: Transaction[] = [];
    for (let i = from; i < Math.min(from + BATCH, texts.length); i++) {
      const event = JSON.parse(texts[i]!) as Transaction;
      for (let f = 0; f < width; f++) matrix[events.length * width + f] = features[f]!(event);
      events.push(event);
    }
    const input = new Tensor("float32", matrix.subarray(0, events.length * width), [events.length, width]);
    const { probabilities } = await session.run({ features: input }, ["probabilities"]);
    const scores = probabilities!.data as Float32Array;
    store.exec("BEGIN IMMEDIATE");
    for (const [i, event] of events.entries()) {
      const score = scores[i * 2 + 1]!;
      const row = new Uint8Array(matrix.buffer, i * width * 4, width * 4);
      const truth = event.fraud === undefined ? null : Number(event.fraud);
      insert.run(from + i + 1, event.transactionId, event.cardId, event.at, truth, row, score, score >= 0.38 ? 1 : 0);
    }
    store.exec("COMMIT");
  }
  process.stdout.write(String(performance.now() - startedAt));
  store.close();
}

void main(Number(process.argv[2]), process.argv[3]!);
