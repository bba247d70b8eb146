import type { Schema } from "../../../schemas/schema";
import type { Dialect } from "../dialect";
import { plainDialect } from "../plain";
import { answer } from "./answers";
import { checkConfig } from "./config";
import { outlives, refuseCreate, refuseDelete } from "./refusals";
import { settleMs } from "./rights";
import { checkRules } from "./rules";

/**
 * Google Cloud as its provider shows it. Whatever has an optional `name` gets one, as in pulumi-gcp's
 * provider/resources.go: `SetAutonaming(255, "-")`. The program asks nothing of the provider's functions, so none answers.
 */
export function gcpDialect(schema: Schema): Dialect {
  return {
    ...plainDialect(schema),
    checkConfig,
    checkRules,
    answer,
    refuseCreate,
    refuseDelete,
    outlives,
    settleMs,
  };
}
