import * as grpc from "@grpc/grpc-js";

/** Serves one gRPC service to the engine on a free port of this machine, and tells the engine which: the plugin protocol. */
export async function servePlugin(
  service: grpc.ServiceDefinition,
  implementation: grpc.UntypedServiceImplementation,
): Promise<grpc.Server> {
  // The zipped code of a function travels by path, but a state with many resources can pass the default of 4 MiB.
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);
  return server;
}

/** A call with one request and one answer. What it throws becomes the engine's error, with the message alone. */
export function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void Promise.resolve()
      .then(() => handle(call.request))
      .then(
        (response) => callback(null, response),
        (thrown: Error) => callback({ code: grpc.status.UNKNOWN, message: thrown.message }),
      );
  };
}
