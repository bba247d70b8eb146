const { Worker } = require("node:worker_threads");

const CODE = `const parent = require("node:worker_threads").workerData;
  setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGKILL"), 500);`;

/** A function that never lets go of its thread would outlive an emulator that was killed; a second thread notices. */
module.exports = function endWithParent() {
  const limits = { maxOldGenerationSizeMb: 8 };
  new Worker(CODE, { eval: true, workerData: process.ppid, env: {}, execArgv: [], resourceLimits: limits }).unref();
};
