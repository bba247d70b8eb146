import type { SluiceError } from "../../shared/errors";
import type { Action, Actions } from "../../shared/ports";
import { lazy } from "../lazy";
import { publishWhole } from "../whole-requests";
import { type AzureClient, type AzureClientOptions, azureClient, SCOPES } from "./client";
import { azureError, cancelled } from "./errors";

export interface AzureActionsOptions extends Omit<AzureClientOptions, "endpoint" | "scope" | "authorize"> {
  /** `https://<topic>.<region>-1.eventgrid.azure.net/api/events`. */
  topic: string;
  /** The pipeline's name: what the events' source says. */
  pipeline: string;
  /** Requests at once. Default 4. */
  parallel?: number | undefined;
  /** Used instead of one of our own. */
  client?: AzureClient | undefined;
}

export interface AzureActions extends Actions {
  /** Made at its first use. */
  readonly client: AzureClient;
}

/** Of one request and of one event: https://learn.microsoft.com/azure/event-grid/quotas-limits. It takes 1 MB; they do not say which. */
const MAX_BYTES = 1_000_000;
/** Keeps a request that goes again in halves short. */
const MAX_EVENTS = 1_000;

const PATH = "?api-version=2018-01-01";
const HEADERS = { "content-type": "application/cloudevents-batch+json; charset=utf-8" };

/**
 * Publishes actions to a custom topic of Event Grid as CloudEvents 1.0: source `/sluice/<pipeline>`, type the action's name,
 * subject the event's key, time the event's, data the action. The topic keeps no order. At least once: a receiver drops
 * repeats by the id, which is the action's.
 */
export function azureActions(options: AzureActionsOptions): AzureActions {
  const { topic, pipeline, parallel = 4 } = options;
  const place = { stage: "actions", adapter: "azure/actions", coordinates: { topic } } as const;
  const source = `/sluice/${encodeURIComponent(pipeline)}`;
  const client = lazy(() => options.client ?? azureClient({ ...options, endpoint: topic, scope: SCOPES.eventGrid }));

  return {
    get client() {
      return client();
    },
    publish: async (actions, { signal } = {}) => {
      if (signal?.aborted) throw cancelled(place);
      if (actions.length === 0) return [];
      const publish = async (events: readonly string[]): Promise<SluiceError | undefined> => {
        try {
          await client().bytes({ path: PATH, body: `[${events.join(",")}]`, headers: HEADERS, signal });
          return undefined;
        } catch (thrown) {
          return azureError(thrown, place);
        }
      };
      const events = actions.map((action) => JSON.stringify(eventOf(action, source)));
      return publishWhole(events, { maxItems: MAX_EVENTS, maxBytes: MAX_BYTES, parallel, publish, place, signal });
    },
    close: async () => {},
  };
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
function eventOf(action: Action, source: string): object {
  const { id, name, key, time } = action;
  const date = new Date(time);
  return {
    specversion: "1.0",
    id,
    source,
    type: name,
    // Neither may be empty, and a time must be one.
    ...(key === "" ? {} : { subject: key }),
    ...(Number.isNaN(date.getTime()) ? {} : { time: date.toISOString() }),
    datacontenttype: "application/json",
    data: action,
  };
}
