import type { Clock, Random } from "../../../shared/clock";
import { RpcError } from "../../grpc";
import { BIGQUERY_LIMITS, bigQueryWriter } from "./bigquery";
import type { Delivery, LiveSubscription } from "./broker";
import { storageLimits, storageWriter } from "./cloud-storage";
import { openExport } from "./export";
import type { Post } from "./post";
import { openPush } from "./push";
import type { Timeline } from "./timeline";

export interface DeliveriesOptions {
  clock: Clock;
  timeline: Timeline;
  random: Random;
  post: Post;
  token: (email: string, audience: string) => Promise<string>;
  maxPushWindow: number;
  startPushWindow: number;
  /** URL of Cloud Storage. */
  storage: string | undefined;
  /** URL of BigQuery. */
  bigquery: string | undefined;
}

/** Starts what a subscription's settings ask for. */
export function deliveries(options: DeliveriesOptions): (subscription: LiveSubscription) => Delivery | undefined {
  const { clock, timeline, random, post, token, maxPushWindow, startPushWindow, storage, bigquery } = options;
  return (subscription) => {
    const { settings, backlog } = subscription;
    const onState = (isWell: boolean) => {
      subscription.settings = { ...subscription.settings, state: isWell ? "ACTIVE" : "RESOURCE_ERROR" };
    };
    const { name, pushConfig, cloudStorageConfig, bigqueryConfig } = settings;
    if (pushConfig?.pushEndpoint) {
      const config = { ...pushConfig, pushEndpoint: pushConfig.pushEndpoint };
      const current = () => subscription.settings;
      return openPush({
        settings: current,
        config,
        backlog,
        timeline,
        post,
        token,
        maxWindow: maxPushWindow,
        startWindow: startPushWindow,
      });
    }
    if (cloudStorageConfig !== undefined) {
      const endpoint = required(storage, "Cloud Storage");
      const write = storageWriter({ endpoint, subscription: name, config: cloudStorageConfig, clock, random });
      return openExport({ backlog, timeline, limits: storageLimits(cloudStorageConfig), write, onState });
    }
    if (bigqueryConfig !== undefined) {
      const endpoint = required(bigquery, "BigQuery");
      const write = bigQueryWriter({ endpoint, subscription: name, config: bigqueryConfig });
      return openExport({ backlog, timeline, limits: BIGQUERY_LIMITS, write, onState });
    }
    return undefined;
  };
}

function required(endpoint: string | undefined, service: string): string {
  if (endpoint === undefined)
    throw new RpcError("FAILED_PRECONDITION", `The emulator was opened without an endpoint of ${service}.`);
  return endpoint;
}
