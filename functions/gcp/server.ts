import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { PushHandler } from "./requests";

export interface ServerOptions {
  /** Default 0.0.0.0: a container's port is reached from outside of it only on all interfaces. */
  host?: string | undefined;
  /** Default: PORT, or 8080. 0 is any free one. */
  port?: number | undefined;
}

export interface PushServer {
  readonly port: number;
  /** Takes no more, answers what is under way, and ends: within some 8 s. */
  close(): Promise<void>;
}

/** Longer than Google's front end keeps an idle connection (600 s), or it would send into one that we are closing. */
const KEEP_ALIVE_MS = 620_000;

/** Serves the function without functions-framework, for a service of Cloud Run, or on this machine. */
export async function startServer(handler: PushHandler, options: ServerOptions = {}): Promise<PushServer> {
  const { host = "0.0.0.0", port = Number(process.env["PORT"] || 8080) } = options;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void handler.handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await handler.close();
      await closed;
    },
  };
}

/** The same, until SIGTERM. */
export async function runServer(handler: PushHandler): Promise<void> {
  const server = await startServer(handler);
  process.once("SIGTERM", () => {
    server.close().finally(() => process.exit(0));
  });
}
