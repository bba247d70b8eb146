import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Where an emulator listens. */
export interface ListenOptions {
  /** Default 127.0.0.1: nothing outside this machine reaches an emulator. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
}

/** An HTTP server that runs. */
export interface Listener {
  readonly port: number;
  /** `http://host:port`. */
  readonly endpoint: string;
  /** Ends every connection at once, also those with a request on its way. */
  close(): Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Longer than any pause of a client: a server that ends an idle connection just as the next request comes looks like a fault. */
const KEEP_ALIVE_MS = 60_000;

/** Opens an HTTP/1.1 server. */
export async function listen(handle: Handler, { host = "127.0.0.1", port = 0 }: ListenOptions = {}): Promise<Listener> {
  const server = createServer(guarded(handle));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    port: address.port,
    endpoint: `http://${host}:${address.port}`,
    close: () => {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

/** A handler that throws is a bug of the emulator: the client gets 500 with the message. */
export function guarded(handle: Handler): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    Promise.resolve()
      .then(() => handle(request, response))
      .catch((thrown: unknown) => {
        if (!response.headersSent) response.statusCode = 500;
        response.end(String(thrown));
      });
  };
}

/** The whole body; undefined if the client went away before its end. */
export function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", () => resolve(undefined));
    request.on("close", () => resolve(undefined));
  });
}
