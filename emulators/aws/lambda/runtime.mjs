/** The runtime of an execution environment: loads the handler, and runs it for every invocation that the runtime API gives. */
import { existsSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import endWithParent from "../../processes/end-with-parent.cjs";

const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const PREFIX = "/2018-06-01/runtime/";
const connections = new Agent({ keepAlive: true, maxSockets: 2 });
/** Exit codes of AWS' own runtime. */
const EXIT = { unhandledRejection: 128, uncaughtException: 129 };

let requestId;

/** One call of the runtime API. If nobody answers, the emulator is gone, and so is the reason to be. */
function call(method, route, body) {
  return new Promise((resolve) => {
    const gone = () => process.exit(0);
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": body.length };
    const sent = request(
      { host: HOST, port: PORT, path: PREFIX + route, method, agent: connections, headers },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }));
        response.on("error", gone);
      },
    );
    sent.on("error", gone);
    sent.end(body);
  });
}

const post = (route, value) => call("POST", route, Buffer.from(JSON.stringify(value) ?? "null"));

function described(thrown) {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), stackTrace: [] };
  const { name, message, stack = "" } = thrown;
  return { errorType: name, errorMessage: message, stackTrace: stack.split("\n") };
}

function fault(name, message) {
  return Object.assign(new Error(message), { name });
}

async function loadHandler() {
  const [, file, name] = /^(.*)\.([^./]+)$/.exec(process.env._HANDLER) ?? [];
  if (!file) throw fault("Runtime.MalformedHandlerName", "Bad handler");
  const found = [".js", ".mjs", ".cjs"]
    .map((extension) => join(process.env.LAMBDA_TASK_ROOT, file + extension))
    .find((candidate) => existsSync(candidate));
  if (!found) throw fault("Runtime.ImportModuleError", `Error: Cannot find module '${file}'`);
  const loaded = await import(pathToFileURL(found).href);
  const handler = loaded[name] ?? loaded.default?.[name];
  if (handler === undefined)
    throw fault("Runtime.HandlerNotFound", `${process.env._HANDLER} is undefined or not exported`);
  if (typeof handler !== "function")
    throw fault("Runtime.HandlerNotFound", `${process.env._HANDLER} is not a function`);
  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html: not in Node.js 24 and later.
  if (handler.length > 2) throw fault("Runtime.CallbackHandlerDeprecated", "callback-based handlers are not supported");
  return handler;
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

async function runOnce(handler) {
  const invocation = await call("GET", "invocation/next");
  requestId = invocation.headers["lambda-runtime-aws-request-id"];
  try {
    const answer = await handler(JSON.parse(invocation.body), contextOf(invocation.headers));
    await post(`invocation/${requestId}/response`, answer);
  } catch (thrown) {
    await post(`invocation/${requestId}/error`, described(thrown));
  }
  requestId = undefined;
}

async function fatal(name, thrown, code) {
  const error = { ...described(thrown), errorType: name };
  await post(requestId === undefined ? "init/error" : `invocation/${requestId}/error`, error);
  process.exit(code);
}

process.on("unhandledRejection", (thrown) =>
  fatal("Runtime.UnhandledPromiseRejection", thrown, EXIT.unhandledRejection),
);
process.on("uncaughtException", (thrown) => fatal("Runtime.UncaughtException", thrown, EXIT.uncaughtException));
endWithParent();

let handler;
try {
  handler = await loadHandler();
} catch (thrown) {
  await post("init/error", described(thrown));
  process.exit(1);
}
for (;;) await runOnce(handler);
