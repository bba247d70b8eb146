import { type AmqpError, type Connection, type EventContext, types } from "rhea";
import type { Clock } from "../../../shared/clock";
import { type Address, parseAddress } from "./address";
import { noClaim, noSuchPartition, notFound } from "./errors";
import type { Hub } from "./hub";

/** The claim that a client puts for a hub. */
export interface Claim {
  /** `jwt`, or `servicebus.windows.net:sastoken`. */
  type: string;
  token: string;
  /** URL of the hub, or of a part of it. */
  audience: string;
}

export interface EventHubsStats {
  connections: number;
  /** Batches that were appended. */
  sends: number;
  /** Events handed to consumers. */
  received: number;
  /** Links that a consumer with a higher epoch took over. */
  stolen: number;
}

/** What all links of a server share. */
export interface Service {
  clock: Clock;
  hubs: Map<string, Hub>;
  checkToken: (claim: Claim) => boolean;
  /** Hubs for which a token was put on a connection. */
  claims: WeakMap<Connection, Set<string>>;
  stats: EventHubsStats;
}

export type Found = { hub: Hub; address: Address };

/** What a link is about, or why it is refused. */
export function find(service: Service, connection: Connection, target: unknown, right: "Send" | "Listen") {
  const address = parseAddress(target);
  const hub = address && service.hubs.get(address.hub);
  if (!address || !hub) return { refused: notFound(target) };
  if (!service.claims.get(connection)?.has(address.hub)) return { refused: noClaim(right) };
  const { partition } = address;
  if (partition !== undefined && !hub.partitionIds.includes(partition)) {
    return { refused: noSuchPartition(hub.partitionIds.length) };
  }
  return { hub, address } satisfies Found;
}

/** The answer to a request of `$cbs` or `$management`. */
export interface Reply {
  status: number;
  refused?: AmqpError;
  body?: Record<string, unknown>;
}

/** Sends it on the link that the client has opened for answers. */
export function reply({ connection, message }: EventContext, { status, refused, body }: Reply): void {
  const to = message?.reply_to;
  const link = connection.find_sender(
    (one: { name: string; target?: { address?: string } }) => one.name === to || one.target?.address === to,
  );
  link?.send({
    correlation_id: message?.message_id as string,
    application_properties: {
      "status-code": types.wrap_int(status),
      "status-description": refused?.description ?? "OK",
      ...(refused && { "error-condition": refused.condition }),
    },
    body: body ?? null,
  });
}
