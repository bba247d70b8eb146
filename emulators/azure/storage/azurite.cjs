// Azurite's blob and queue servers, in memory, on ports of their own choice, which go to the parent. Ends with it.
process.on("disconnect", () => process.exit(0));
// Most of its start is compiling.
require("node:module").enableCompileCache?.();

const { AzuriteTelemetryClient } = require("azurite/dist/src/common/Telemetry");
const { default: BlobConfiguration } = require("azurite/dist/src/blob/BlobConfiguration");
const { default: BlobServer } = require("azurite/dist/src/blob/BlobServer");
const { default: QueueConfiguration } = require("azurite/dist/src/queue/QueueConfiguration");
const { default: QueueServer } = require("azurite/dist/src/queue/QueueServer");

AzuriteTelemetryClient.init("", false, undefined);

const HOST = "127.0.0.1";
// Longer than any pause of the front: a server that ends an idle connection just as the next request comes looks like a fault.
const KEEP_ALIVE_MS = 60_000;

async function start(Server, Configuration) {
  const configuration = new Configuration(HOST, 0);
  // Where it is set in the constructor's list of nineteen depends on the version.
  Object.assign(configuration, {
    isMemoryPersistence: true,
    enableAccessLog: false,
    enableDebugLog: false,
    skipApiVersionCheck: true,
  });
  const server = new Server(configuration);
  await server.start();
  server.httpServer.keepAliveTimeout = KEEP_ALIVE_MS;
  return server.httpServer.address().port;
}

Promise.all([start(BlobServer, BlobConfiguration), start(QueueServer, QueueConfiguration)]).then(
  ([blob, queue]) => process.send({ blob, queue }),
  (thrown) => {
    console.error(thrown);
    process.exit(1);
  },
);
