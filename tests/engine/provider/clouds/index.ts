import type { Schema } from "../../schemas/schema";
import { awsDialect } from "./aws";
import { azureDialect } from "./azure";
import type { Dialect } from "./dialect";
import { gcpDialect } from "./gcp";
import { plainDialect } from "./plain";

const DIALECTS: Readonly<Record<string, (schema: Schema) => Dialect>> = {
  aws: awsDialect,
  "azure-native": azureDialect,
  gcp: gcpDialect,
};

/** A package's dialect; one without rules if it has none of its own. */
export function dialectOf(name: string, schema: Schema): Dialect {
  return (DIALECTS[name] ?? plainDialect)(schema);
}
