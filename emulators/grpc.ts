import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { sniff } from "./grpc/sniff";
import { guarded, type Handler, type ListenOptions } from "./listen";

export { type Method, unary } from "./grpc/methods";
export { asRpcError, httpStatus, RpcError, type StatusName, sendJson, sendRpcError } from "./grpc/status";

export interface GrpcOptions extends ListenOptions {
  /** What HTTP/2 answers. A method without an implementation answers UNIMPLEMENTED. */
  services: readonly { definition: ServiceDefinition; implementation: UntypedServiceImplementation }[];
  /** What HTTP/1.1 answers; one that throws is a bug of the emulator: the client gets 500. */
  handle: Handler;
}

export interface GrpcListener {
  readonly port: number;
  /** `host:port`, as the emulator variables of the client libraries want it. */
  readonly endpoint: string;
  /** Ends every connection at once, also those with a request on its way. */
  close(): Promise<void>;
}

/** Longer than any pause of a client. */
const KEEP_ALIVE_MS = 60_000;

/** gRPC (HTTP/2 without TLS) and HTTP/1.1 on one port, as Google's own emulators have it. */
export async function listenGrpc(options: GrpcOptions): Promise<GrpcListener> {
  const { services, handle, host = "127.0.0.1", port = 0 } = options;
  // A Google API takes larger messages than the 4 MiB of grpc-js; the emulator knows the limits of its service.
  const grpc = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  for (const { definition, implementation } of services) grpc.addService(definition, implementation);
  const http2 = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const http1 = createHttpServer(guarded(handle));
  http1.keepAliveTimeout = KEEP_ALIVE_MS;

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
    // Before a server has it, nobody else listens; a client that goes away is no error of ours.
    socket.on("error", () => undefined);
    sniff(socket, (isHttp2) => (isHttp2 ? http2.injectConnection(socket) : http1.emit("connection", socket)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    port: address.port,
    endpoint: `${host}:${address.port}`,
    close: () => {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        grpc.forceShutdown();
        http1.close();
      });
      return closed;
    },
  };
}
