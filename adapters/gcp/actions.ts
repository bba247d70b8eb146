import type { Action, Actions } from "../../shared/ports";
import { type GcpClient, type GcpClientOptions, gcpClient } from "./client";
import { cancelled } from "./errors";
import { publishMessages, type TopicMessage } from "./publish";

export interface GcpActionsOptions extends Omit<GcpClientOptions, "service" | "audience"> {
  /** `projects/<project>/topics/<topic>`. */
  topic: string;
  /** Requests at once. Default 4. */
  parallel?: number | undefined;
  /** Used instead of one of our own. */
  client?: GcpClient | undefined;
}

export interface GcpActions extends Actions {
  /** Made at its first use. */
  readonly client: GcpClient;
}

const PLACE = { stage: "actions", adapter: "gcp/actions" } as const;

/**
 * Publishes actions to a Pub/Sub topic: a message per action, which is its data as JSON, with its `id` and `name` as
 * attributes for a subscription's filter. The topic keeps no order. At least once: a receiver drops repeats by the id.
 */
export function gcpActions(options: GcpActionsOptions): GcpActions {
  const { topic, parallel } = options;
  let client = options.client;
  const open = () => {
    client ??= gcpClient({ ...options, service: "pubsub" });
    return client;
  };

  return {
    get client() {
      return open();
    },
    publish: async (actions, { signal } = {}) => {
      if (signal?.aborted) throw cancelled(PLACE);
      if (actions.length === 0) return [];
      return publishMessages(actions.map(messageOf), { client: open(), topic, place: PLACE, parallel, signal });
    },
    close: async () => {},
  };
}

function messageOf(action: Action): TopicMessage {
  return { data: JSON.stringify(action), attributes: { id: action.id, name: action.name } };
}
