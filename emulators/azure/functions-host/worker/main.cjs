/** The Node.js worker of the Functions host: loads the app, says what it registers, runs what the host asks for. */
const { existsSync, readFileSync } = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const endWithParent = require("../../../processes/end-with-parent.cjs");
const { app, executeHooks, installCoreModule } = require("./core-module.cjs");
const { invoke } = require("./invocation.cjs");

const directory = process.cwd();

/** Node ends without a message that was not handed over yet. */
function say(message) {
  return new Promise((resolve) => process.send(message, () => resolve()));
}

async function loadEntryPoint() {
  const file = path.join(directory, "package.json");
  const { main, type } = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  if (!main) throw new Error(`package.json in ${directory} has no "main"`);
  const entry = path.join(directory, main);
  const isModule = entry.endsWith(".mjs") || (type === "module" && !entry.endsWith(".cjs"));
  if (isModule) await import(pathToFileURL(entry).href);
  else require(entry);
}

async function start() {
  try {
    await loadEntryPoint();
    await executeHooks("appStart", {
      hookData: app.appLevelOnlyHookData,
      appHookData: app.appHookData,
      functionAppDirectory: directory,
    });
    await app.programmingModel?.getCapabilities?.({});
  } catch (thrown) {
    // The real host goes on without any function; here that would only hide the reason.
    await say({ kind: "broken", message: `Worker was unable to load entry point: ${thrown?.stack ?? thrown}` });
    process.exit(1);
  }
  app.hasStarted = true;
  const functions = [...app.functions.values()].map(({ metadata }) => metadata);
  await say({ kind: "ready", functions: JSON.parse(JSON.stringify(functions)) });
}

async function terminate() {
  await executeHooks("appTerminate", { hookData: app.appLevelOnlyHookData, appHookData: app.appHookData });
  process.exit(0);
}

async function answer(request) {
  const { invocationId } = request;
  try {
    await invoke(request);
    await say({ kind: "done", invocationId });
  } catch (thrown) {
    const { message, stack = "" } = thrown instanceof Error ? thrown : new Error(String(thrown));
    await say({ kind: "failed", invocationId, message, stack });
  }
}

process.on("message", (message) => {
  if (message.kind === "invoke") void answer(message.request);
  else void terminate();
});
process.on("disconnect", () => process.exit(0));
endWithParent();
installCoreModule();
void start();
