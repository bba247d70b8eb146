import { RpcError } from "../../grpc";
import type { Subscription, SubscriptionRequest } from "./resources";

/** Fields that an update may change: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/patch */
const MUTABLE = new Set<string>([
  "ackDeadlineSeconds",
  "messageRetentionDuration",
  "retainAckedMessages",
  "labels",
  "expirationPolicy",
  "retryPolicy",
  "deadLetterPolicy",
  "pushConfig",
  "cloudStorageConfig",
  "bigqueryConfig",
] satisfies (keyof SubscriptionRequest)[]);

/** The settings with the fields that the mask names taken from the change, and no other. A field may be of a field. */
export function masked(
  settings: Subscription,
  change: SubscriptionRequest,
  paths: readonly string[] = [],
): SubscriptionRequest {
  if (paths.length === 0) throw new RpcError("INVALID_ARGUMENT", "The update_mask in the request is empty.");
  const result: Record<string, unknown> = { ...settings };
  for (const path of paths) {
    // gRPC names fields_like_this, JSON likeThis.
    const [field = "", inner] = path.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()).split(".");
    if (!MUTABLE.has(field)) throw new RpcError("INVALID_ARGUMENT", `Invalid update_mask: ${path} cannot be changed.`);
    const value = (change as unknown as Record<string, unknown>)[field];
    if (inner === undefined) result[field] = value;
    else
      result[field] = {
        ...(result[field] as object),
        [inner]: (value as Record<string, unknown> | undefined)?.[inner],
      };
  }
  return result as unknown as SubscriptionRequest;
}
