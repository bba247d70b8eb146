import { SluiceError, type Stage } from "../shared/errors";

/** Where a call of a service stood when it failed. */
export interface ErrorPlace {
  stage: Stage;
  /** As `aws/store`. */
  adapter: string;
  /** What finds the failing thing again: table, topic, bucket, shard ... Never payload. */
  coordinates?: Readonly<Record<string, string | number>> | undefined;
}

/** What a port throws when its caller's signal has aborted. */
export function cancelled({ stage, adapter }: Pick<ErrorPlace, "stage" | "adapter">): SluiceError {
  return new SluiceError("cancelled", stage, "The caller cancelled it.", { adapter });
}
