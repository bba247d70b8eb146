import type { Hub, HubEvent } from "./hub";

const SELECTOR = /^amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time) (>=?) '([^']*)'$/;
/** How many events to look at at a time. */
const PAGE = 1_000;

/** Sequence number of the first event that a link with this filter gets; undefined if the filter cannot be read. */
export function startOf(hub: Hub, partition: string, selector: string | undefined): number | undefined {
  if (selector === undefined) return 0;
  const [, field, operator, value] = SELECTOR.exec(selector) ?? [];
  if (field === undefined || value === undefined) return undefined;
  const next = hub.lastSequence(partition) + 1;
  if (value === "@latest") return next;
  const bound = Number(value);
  if (Number.isNaN(bound)) return undefined;
  if (field === "offset" && bound === -1) return 0;
  const inclusive = operator === ">=";
  for (let from = 0; from < next; from += PAGE) {
    const found = hub.read(partition, from, PAGE).find((event) => {
      const position = positionOf(event, field);
      return position > bound || (inclusive && position === bound);
    });
    if (found) return found.sequenceNumber;
  }
  return next;
}

function positionOf(event: HubEvent, field: string): number {
  if (field === "offset") return Number(event.offset);
  return field === "sequence-number" ? event.sequenceNumber : event.enqueuedAt;
}
