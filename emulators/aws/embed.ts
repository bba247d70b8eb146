import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";

/**
 * Puts our own listener before a server that is written as a package of its own. Such a server throws, and so ends the
 * process, when a client breaks off in mid-request or when it is closed under a request; it gets whole requests only and
 * is never closed: its memory goes with it.
 */
export function embed(server: Server, options: ListenOptions): Promise<Listener> {
  return listen(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    const whole = Object.assign(new EventEmitter(), {
      method: request.method,
      url: request.url,
      headers: request.headers,
    });
    server.emit("request", whole, response);
    whole.emit("data", body);
    whole.emit("end");
  }, options);
}
