#!/usr/bin/env node
// The `sluice` command. It needs Node 24; an older Node starts the one that is installed with the project.
const path = require("node:path");

const NEEDED = 24;

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  require("../tools/register.cjs");
  // A client library may keep timers of a connection that broke, for most of an hour: nobody waits for those.
  require("./main.ts")
    .main()
    .then(() => process.exit());
} else {
  startWithInstalledNode();
}

function startWithInstalledNode() {
  const binary = installedNode();
  if (binary === undefined) {
    process.stderr.write(
      `error: Sluice needs Node ${NEEDED} and this is ${process.versions.node}. Run \`npm ci\` in ${path.resolve(__dirname, "..")}, which installs one, or use Node ${NEEDED} yourself.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const { spawn } = require("node:child_process");
  // The channel tells the other process when this one is gone, even by SIGKILL.
  const stdio = ["inherit", "inherit", "inherit", "ipc"];
  const child = spawn(binary, [...process.execArgv, __filename, ...process.argv.slice(2)], { stdio });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`error: ${binary} does not start: ${error.message}. Run \`npm ci\` again.\n`);
    process.exit(2);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function installedNode() {
  try {
    const folder = path.dirname(require.resolve("node/package.json", { paths: [__dirname] }));
    const binary = path.join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
    return require("node:fs").existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}
