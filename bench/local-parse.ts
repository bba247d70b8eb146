import { performance } from "node:perf_hooks";
import { generate } from "../examples/card-fraud/pipeline";

/**
 * What two processes can gain on this machine at all: parses events over and over, with nothing shared and nothing written.
 * Waits for a line on standard input; prints milliseconds.
 */
const ROUNDS = 60;

const texts = [...generate({ seed: 1, count: 10_000, malformed: 0 })].map(({ body }) => String(body));
process.stdin.once("data", () => {
  process.stdin.pause();
  const startedAt = performance.now();
  let fields = 0;
  for (let round = 0; round < ROUNDS; round++) for (const text of texts) fields += Object.keys(JSON.parse(text)).length;
  if (fields === 0) throw new Error("nothing was parsed");
  process.stdout.write(String(performance.now() - startedAt));
});
