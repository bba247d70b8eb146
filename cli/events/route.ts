import { decodeUtf8, isSafeKey } from "../../shared/guards";
import { hash53 } from "../../shared/hash";
import type { Pipeline } from "../../shared/pipeline";

/** The routing key of an event that was read from a file. */
export type Router = (body: string | Uint8Array) => string;

/**
 * Asks the pipeline for the key, so that events of one key stay in order. What has none gets one from its content: it
 * will be dead-lettered, and until then it only has to go to the same partition each time. With one partition there is
 * nothing to decide, and nothing is parsed.
 */
export function createRouter(pipeline: Pipeline, partitions: number | undefined): Router {
  if (partitions === 1) return () => "";
  const { maxEventBytes } = pipeline.limits;
  return (body) => {
    const text = typeof body === "string" ? body : decodeUtf8(body);
    return text === undefined || text.length > maxEventBytes
      ? contentKey(body)
      : (keyOf(text, pipeline) ?? contentKey(text));
  };
}

function keyOf(text: string, pipeline: Pipeline): string | undefined {
  try {
    const key: unknown = pipeline.key(JSON.parse(text));
    return isSafeKey(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The first 4 KiB are enough to spread them. */
function contentKey(body: string | Uint8Array): string {
  const text = typeof body === "string" ? body : Buffer.from(body).toString("latin1");
  return `~${hash53(text.length > 4096 ? text.slice(0, 4096) : text).toString(36)}`;
}
