import type { BucketArgs } from "@pulumi/gcp/storage";
import type { Scope } from "./scope";

/** Closed to the public, and open to accounts by rights on the whole bucket alone. */
export function privateBucket({ region, labels }: Scope, more: Omit<BucketArgs, "location">): BucketArgs {
  return {
    location: region,
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    labels,
    ...more,
  };
}
