// Starts a function as its runtime does, and hands it a batch. `process.argv`: the function's file, and the batch's, if
// any. Prints as JSON when the handler was there and when the batch was done, milliseconds since 1970.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [file, batch] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();
// A function's log is none of our result.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;

const loaded = await import(pathToFileURL(file).href);
const handler = loaded.handler ?? (await (loaded.ready ?? loaded.default?.ready));
const loadedAt = now();
if (batch !== undefined) {
  const { batchItemFailures } = await handler(JSON.parse(readFileSync(batch, "utf8")), {
    getRemainingTimeInMillis: () => 60_000,
  });
  if (batchItemFailures.length > 0) throw new Error(`${file} did not store the batch`);
}
write(JSON.stringify({ loadedAt, doneAt: now() }), () => process.exit(0));
