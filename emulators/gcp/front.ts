import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { sniff } from "../grpc/sniff";

export interface FrontOptions {
  /** URL of what gets the connections of HTTP/1.1. */
  rest: string;
  /** `host:port` of what gets those of HTTP/2, byte by byte. */
  grpc: string;
}

/** One address for a service whose REST goes through a proxy for HTTP/1.1: the client libraries know one variable alone. */
export interface Front {
  /** `host:port`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function openFront({ rest, grpc }: FrontOptions): Promise<Front> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).once("close", () => sockets.delete(socket));
    // A side that goes away ends the other one; it is no error of ours.
    return socket.on("error", () => undefined);
  };
  const server = createServer((client) => {
    keep(client);
    sniff(client, (isHttp2) => {
      const { hostname, port } = new URL(isHttp2 ? `http://${grpc}` : rest);
      const service = keep(connect(Number(port), hostname));
      pipeline(client, service, () => service.destroy());
      pipeline(service, client, () => client.destroy());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
