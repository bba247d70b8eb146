import { type DeadLetter, deadLetter } from "../../../shared/deadletter";
import { isEnvelope } from "../../../shared/envelope";
import { SluiceError } from "../../../shared/errors";
import { decodeBase64 } from "../../../shared/guards";

/** What an on-failure object gave: its letters, or why it gives none. */
export type OnFailure = { letters: DeadLetter[]; why?: undefined } | { letters?: undefined; why: string };

/** `arn:aws:kinesis:<region>:<account>:stream/<name>`, with `/consumer/...` behind it for enhanced fan-out. */
const STREAM = /:stream\/([^/]+)/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads what an event source mapping writes about a batch it gave up on: one letter per record, and all its events in it.
 * The object holds the whole event as `payload`, as text or not:
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function readOnFailure(text: string, pipeline: string, modifiedAt: number): OnFailure {
  const document = parsed(text);
  if (document === undefined) return { why: "it is not a JSON object" };
  const payload = typeof document["payload"] === "string" ? parsed(document["payload"]) : fields(document["payload"]);
  if (payload === undefined) return { why: "it has no payload, so its events are not in it" };
  const records = payload["Records"];
  if (!Array.isArray(records)) return { why: "its payload has no records" };

  const failedAt = Date.parse(String(document["timestamp"]));
  const calls = fields(document["requestContext"])?.["approximateInvokeCount"];
  const context = {
    attempts: typeof calls === "number" && calls >= 1 ? calls : 1,
    pipeline,
    // The function that knew them did not live to say.
    pipelineVersion: "",
    modelVersion: "",
    failedAt: Number.isNaN(failedAt) ? modifiedAt : failedAt,
  };
  const error = new SluiceError("internal", "engine", describe(document, context.attempts));
  const letters: DeadLetter[] = [];
  for (const [i, record] of records.entries()) {
    const read = readRecord(record, document);
    if (read === undefined) return { why: `its record ${i} is not one of a Kinesis stream` };
    letters.push(deadLetter(read.body, error, { ...context, ...read }));
  }
  return { letters };
}

function readRecord(record: unknown, document: Fields) {
  const outer = fields(record);
  const batch = fields(document["KinesisBatchInfo"]);
  const { data, partitionKey, sequenceNumber } = fields(outer?.["kinesis"]) ?? {};
  const source = STREAM.exec(String(outer?.["eventSourceARN"] ?? batch?.["streamArn"]))?.[1];
  const partition = shardOf(outer?.["eventID"]) ?? batch?.["shardId"];
  if (typeof data !== "string" || typeof sequenceNumber !== "string") return undefined;
  if (source === undefined || typeof partition !== "string") return undefined;
  const body = decodeBase64(data) ?? Buffer.from(data);
  return {
    body,
    position: { source, partition, offset: sequenceNumber, index: 0 },
    // The partition key of many events is none of theirs.
    key: typeof partitionKey === "string" && !isEnvelope(body) ? partitionKey : undefined,
  };
}

/** An event id is `shardId-000000000006:<sequence number>`. */
function shardOf(eventId: unknown): string | undefined {
  const colon = typeof eventId === "string" ? eventId.lastIndexOf(":") : -1;
  return colon > 0 ? String(eventId).slice(0, colon) : undefined;
}

function describe(document: Fields, calls: number): string {
  const condition = fields(document["requestContext"])?.["condition"];
  const kind = fields(document["responseContext"])?.["functionError"];
  const reasons = [condition, kind].filter((reason) => typeof reason === "string" && reason !== "");
  return `The function failed on the whole batch, and Lambda gave up after ${calls} calls: ${reasons.join(", ") || "no reason given"}.`;
}

function parsed(text: string): Fields | undefined {
  try {
    return fields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function fields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
