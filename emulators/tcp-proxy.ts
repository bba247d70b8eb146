import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../shared/clock";
import { systemClock } from "./clock";
import type { ListenOptions } from "./listen";
import { type Link, openLink } from "./tcp-proxy/link";

export interface TcpSettings {
  /** Added to each direction; a round trip takes twice as much longer. Default 0. */
  latencyMs?: number | undefined;
  /** Per connection and direction. Default: no limit. */
  bandwidthBytesPerSecond?: number | undefined;
  /** How much later one side learns that the other has closed. Default 0. */
  closeDelayMs?: number | undefined;
  /**
   * `pass`; `reset`: connections end with RST, new ones as soon as they are accepted; `hang`: connections are accepted and
   * stay open, and not a byte gets through until the mode changes; `refuse`: nobody listens, connections there are reset.
   * Default `pass`.
   */
  mode?: "pass" | "reset" | "hang" | "refuse" | undefined;
}

export interface TcpProxyOptions extends ListenOptions, TcpSettings {
  /** URL of the service behind; any scheme, as only host and port count. */
  target: string;
  clock?: Clock | undefined;
}

/** A bad network in front of any service. */
export interface TcpProxy {
  readonly port: number;
  /** The target's URL with the host and port of this proxy. */
  readonly endpoint: string;
  /** Changes what is given and keeps the rest, for the connections there are as well. */
  set(settings: TcpSettings): Promise<void>;
  /** Open connections of clients. */
  connections(): number;
  close(): Promise<void>;
}

export async function openTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const { host = "127.0.0.1", clock = systemClock } = options;
  const target = new URL(options.target);
  const { latencyMs, bandwidthBytesPerSecond, closeDelayMs, mode } = options;
  const settings: TcpSettings = { latencyMs, bandwidthBytesPerSecond, closeDelayMs, mode };
  const links = new Map<Socket, Link>();

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (settings.mode === "reset") {
      client.resetAndDestroy();
      return;
    }
    const link = openLink({ client, host: target.hostname, port: Number(target.port), settings, clock });
    links.set(client, link);
    client.once("close", () => links.delete(client));
  });
  let port = options.port ?? 0;
  const endAll = () => {
    for (const link of links.values()) link.reset();
  };
  const apply = async () => {
    const { mode = "pass" } = settings;
    if (mode === "refuse" && server.listening) await stop(server, endAll);
    if (mode !== "refuse" && !server.listening) port = await start(server, host, port);
    if (mode === "reset") endAll();
    for (const link of links.values()) link.refresh();
  };
  port = await start(server, host, port);
  await apply();

  const own = new URL(options.target);
  own.host = `${host}:${port}`;
  return {
    port,
    endpoint: own.href.replace(/\/$/, ""),
    set: (changes) => {
      Object.assign(settings, changes);
      return apply();
    },
    connections: () => links.size,
    close: async () => {
      if (server.listening) await stop(server, endAll);
    },
  };
}

function start(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.removeListener("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** The server counts as closed only when its connections are. */
function stop(server: Server, endAll: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    endAll();
  });
}
