// Starts a program as Cloud Run does, and ends. `process.argv`: its file. Prints as JSON when it was loaded, milliseconds
// since 1970, and the memory that the process had then, bytes.
import { pathToFileURL } from "node:url";

const [file] = process.argv.slice(2);
await import(pathToFileURL(file).href);
const loadedAt = performance.timeOrigin + performance.now();
process.stdout.write(JSON.stringify({ loadedAt, rss: process.memoryUsage.rss() }), () => process.exit(0));
