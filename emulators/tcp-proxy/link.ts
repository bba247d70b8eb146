import { connect, type Socket } from "node:net";
import type { Clock } from "../../shared/clock";
import type { TcpSettings } from "../tcp-proxy";
import { openLane } from "./lane";

export interface LinkOptions {
  client: Socket;
  host: string;
  port: number;
  /** Read anew for each piece of data: others change it. */
  settings: TcpSettings;
  clock: Clock;
}

/** One client's connection and the one to the service. */
export interface Link {
  /** The settings have changed. */
  refresh(): void;
  /** Ends both connections with RST. */
  reset(): void;
}

export function openLink({ client, host, port, settings, clock }: LinkOptions): Link {
  const service = connect({ host, port, allowHalfOpen: true, noDelay: true });
  const ended = new AbortController();
  const shared = { settings, clock, signal: ended.signal };
  const lanes = [
    openLane({ from: client, to: service, ...shared }),
    openLane({ from: service, to: client, ...shared }),
  ];
  const reset = () => {
    if (ended.signal.aborted) return;
    ended.abort();
    client.resetAndDestroy();
    service.resetAndDestroy();
  };
  for (const socket of [client, service]) {
    // A service that is not there, or a side that breaks off, is seen by the other side as a reset.
    socket.on("error", reset);
    socket.on("close", () => {
      if (client.destroyed && service.destroyed) ended.abort();
    });
  }
  return {
    refresh: () => {
      for (const lane of lanes) lane.refresh();
    },
    reset,
  };
}
