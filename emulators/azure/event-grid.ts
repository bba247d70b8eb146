import type { IncomingMessage } from "node:http";
import { ApiFault } from "../api-fault";
import { send } from "../http-faults/forward";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";
import { faultAnswer, jsonAnswer } from "./api-fault";
import { type CloudEvent, eventsOf } from "./event-grid/validation";
import type { IdentityEmulator } from "./identity";
import { checkBearer } from "./identity/bearer";

export type { CloudEvent } from "./event-grid/validation";

export interface EventGridOptions extends ListenOptions {
  /** Whose tokens are asked for. Default: nobody is asked for a token. */
  identity?: Pick<IdentityEmulator, "refusal"> | undefined;
}

/**
 * Topics of Event Grid with the schema of CloudEvents 1.0, in memory: one event or a batch per request, 1 MB altogether. As in
 * the service, a request is taken as a whole or not at all. Nothing is delivered to anybody.
 */
export interface EventGridEmulator extends Listener {
  /** Returns its URL; keeps what the topic has. */
  createTopic(name: string): string;
  /** All events of a topic, in the order in which they came, with repeats. */
  events(topic: string): readonly CloudEvent[];
}

const AUDIENCE = "https://eventgrid.azure.net";
const ROUTE = /^\/([^/]+)\/api\/events$/;

export async function openEventGrid({ identity, ...options }: EventGridOptions = {}): Promise<EventGridEmulator> {
  const topics = new Map<string, CloudEvent[]>();

  function publish(request: IncomingMessage, body: Buffer): void {
    const { method, url = "/", headers } = request;
    const [, name = ""] = ROUTE.exec(url.split("?", 1)[0] ?? "") ?? [];
    const topic = topics.get(name);
    if (method !== "POST" || topic === undefined)
      throw new ApiFault(404, "NotFound", `There is nothing at ${method} ${url}.`);
    checkBearer(identity, request, AUDIENCE);
    topic.push(...eventsOf(headers["content-type"] ?? "", body));
  }

  const listener = await listen(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    try {
      publish(request, body);
      send(response, { ...jsonAnswer(200, undefined), body: "" });
    } catch (thrown) {
      send(response, faultAnswer(thrown));
    }
  }, options);

  return {
    ...listener,
    createTopic: (name) => {
      if (!topics.has(name)) topics.set(name, []);
      return `${listener.endpoint}/${name}/api/events`;
    },
    events: (name) => topics.get(name) ?? [],
  };
}
