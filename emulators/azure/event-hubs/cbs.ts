import type { EventContext } from "rhea";
import { parseAddress } from "./address";
import { noClaim, notFound } from "./errors";
import type { Reply, Service } from "./service";

/** Claims-based security: a token per hub and connection, put before any link is opened. */
export function answerClaim({ connection, message }: EventContext, service: Service): Reply {
  const { operation, name: audience, type } = message?.application_properties ?? {};
  const hub = parseAddress(audience)?.hub;
  if (operation !== "put-token" || hub === undefined || !service.hubs.has(hub)) {
    return { status: 404, refused: notFound(audience) };
  }
  if (!service.checkToken({ type: String(type), token: String(message?.body), audience: String(audience) })) {
    return { status: 401, refused: noClaim("Listen") };
  }
  const claims = service.claims.get(connection) ?? new Set<string>();
  service.claims.set(connection, claims.add(hub));
  return { status: 202 };
}
