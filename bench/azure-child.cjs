// Starts a program as the Functions host's worker does, and ends. `process.argv`: its file. Prints as JSON when its handler
// was loaded, milliseconds since 1970, and the memory that the process had then, bytes.
const Module = require("node:module");

const [file] = process.argv.slice(2);
const functions = [];
const core = {
  setProgrammingModel: () => {},
  registerFunction: (_, callback) => functions.push(callback),
  registerHook: () => {},
};
const { require: plain } = Module.prototype;
Module.prototype.require = function (id) {
  return id === "@azure/functions-core" ? core : Reflect.apply(plain, this, [id]);
};
// A function's log is none of our result.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;

async function main() {
  require(file);
  // A batch without messages waits for the handler, and has nothing to do.
  for (const handle of functions) await handle([], {});
  const loadedAt = performance.timeOrigin + performance.now();
  write(JSON.stringify({ loadedAt, rss: process.memoryUsage.rss() }), () => process.exit(0));
}

void main();
