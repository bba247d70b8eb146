import type { Input } from "@pulumi/pulumi";
import type { AwsConfig } from "../config/aws";
import { PREFIX } from "./bucket";

/** Names of what the function works with. */
export interface Named {
  table: Input<string>;
  bucket: Input<string>;
  bus: Input<string> | undefined;
  endpoint: Input<string> | undefined;
}

/** The function's environment, as functions/aws/settings.ts reads it. */
export function environmentOf(
  config: AwsConfig,
  { table, bucket, bus, endpoint }: Named,
): Record<string, Input<string>> {
  return {
    SLUICE_TABLE: table,
    SLUICE_BUCKET: bucket,
    SLUICE_INFERENCE: config.inference,
    ...(bus === undefined ? {} : { SLUICE_BUS: bus }),
    ...(endpoint === undefined ? {} : { SLUICE_ENDPOINT: endpoint }),
    ...(config.ttlDays === undefined ? {} : { SLUICE_TTL_DAYS: String(config.ttlDays) }),
    ...(config.ndjson ? { SLUICE_NDJSON_PREFIX: PREFIX.predictions } : {}),
    ...(config.latest ? { SLUICE_LATEST: "1" } : {}),
  };
}
