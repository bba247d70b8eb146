import type { Stage } from "../shared/errors";

/** Where a call of a service stood when it failed. */
export interface ErrorPlace {
  stage: Stage;
  /** As `aws/store`. */
  adapter: string;
  /** What finds the failing thing again: table, topic, bucket, shard ... Never payload. */
  coordinates?: Readonly<Record<string, string | number>> | undefined;
}
