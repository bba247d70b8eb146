/**
 * Writes training data: one line `{"features":[...names]}`, then one line `[feature, ..., label]` per event.
 *
 *     node --require ./tools/register.cjs examples/card-fraud/training-data.ts --count 200000 --seed 1 > train.ndjson
 *
 * The features are computed here, by the functions the pipeline itself runs, and rounded to float32 as the pipeline
 * rounds them. Python never computes a feature, so training and serving cannot drift apart.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { generate } from "./generate";
import pipeline from "./pipeline";

const LINES_PER_WRITE = 2000;

const { values } = parseArgs({
  options: { count: { type: "string", default: "200000" }, seed: { type: "string", default: "1" } },
});
void writeTrainingData(Number(values.count), Number(values.seed));

async function writeTrainingData(count: number, seed: number): Promise<void> {
  const functions = pipeline.featureNames.map((name) => pipeline.features[name]!);
  let lines = [JSON.stringify({ features: pipeline.featureNames })];
  // Repeats would put the same row into both sides of a split, and malformed events never reach the model.
  for (const { body } of generate({ seed, count, repeats: 0, malformed: 0 })) {
    const event = JSON.parse(body as string) as { fraud: boolean };
    const row = functions.map((feature) => Math.fround(feature(event)));
    lines.push(JSON.stringify([...row, event.fraud ? 1 : 0]));
    if (lines.length >= LINES_PER_WRITE) {
      await write(lines);
      lines = [];
    }
  }
  await write(lines);
}

async function write(lines: readonly string[]): Promise<void> {
  const room = process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  if (!room) await once(process.stdout, "drain");
}
