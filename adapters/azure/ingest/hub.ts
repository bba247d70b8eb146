import { ConfigError } from "../../../shared/errors";
import { isLoopback } from "../client";

export interface Hub {
  /** Host, with the port where there is one. */
  host: string;
  name: string;
  /** On this machine: AMQP without encryption, which no token may go over. */
  emulated: boolean;
}

/** @throws ConfigError if it is no URL of a hub, as `sb://<namespace>.servicebus.windows.net/<hub>`. */
export function hubOf(url: string): Hub {
  const { protocol, host, hostname, pathname } = URL.canParse(url) ? new URL(url) : NONE;
  const name = pathname.slice(1);
  if (protocol !== "sb:" || host === "" || !/^[^/]+$/.test(name))
    throw new ConfigError(
      `${JSON.stringify(url)} is no hub.`,
      "hub",
      "Write `sb://<namespace>.servicebus.windows.net/<hub>`.",
    );
  return { host, name: decodeURIComponent(name), emulated: isLoopback(hostname) };
}

const NONE = { protocol: "", host: "", hostname: "", pathname: "" };
