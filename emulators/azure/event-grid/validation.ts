import { ApiFault } from "../../api-fault";

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEvent extends Record<string, unknown> {
  id: string;
  source: string;
  type: string;
  specversion: "1.0";
  data?: unknown;
}

/** Of one event and of a request: https://learn.microsoft.com/azure/event-grid/quotas-limits */
const MAX_BYTES = 1024 * 1024;
const BATCH = "application/cloudevents-batch+json";
const SINGLE = "application/cloudevents+json";
const REQUIRED = ["id", "source", "type"];

/** The events of a request. Throws 413 or 400 if the service takes none of them. */
export function eventsOf(contentType: string, body: Buffer): CloudEvent[] {
  const [type = ""] = contentType.toLowerCase().split(";");
  if (body.length > MAX_BYTES)
    throw new ApiFault(413, "PayloadTooLarge", `The request is larger than ${MAX_BYTES} bytes.`);
  if (type !== BATCH && type !== SINGLE)
    throw new ApiFault(
      400,
      "BadRequest",
      `This resource is configured for the 'CloudEventSchemaV1_0' schema and requires '${SINGLE}' or '${BATCH}'.`,
    );
  const value = parsed(body);
  if (Array.isArray(value) !== (type === BATCH)) throw invalid(`A ${type} body is something else`);
  const events: unknown[] = type === BATCH ? (value as unknown[]) : [value];
  const wrong = events.findIndex((event) => !isCloudEvent(event));
  if (wrong >= 0) throw invalid(`Event ${wrong} has no id, source, type and specversion 1.0`);
  return events as CloudEvent[];
}

function isCloudEvent(event: unknown): event is CloudEvent {
  if (typeof event !== "object" || event === null) return false;
  const fields = event as Record<string, unknown>;
  return fields["specversion"] === "1.0" && REQUIRED.every((name) => isText(fields[name]));
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw invalid("The body is no JSON");
  }
}

function invalid(why: string): ApiFault {
  return new ApiFault(400, "BadRequest", `${why}.`);
}
