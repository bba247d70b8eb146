import type { Schema } from "../../../schemas/schema";
import type { Dialect } from "../dialect";
import { plainDialect } from "../plain";
import { answer, renewed } from "./answers";
import { checkConfig } from "./config";
import { invoke } from "./invokes";
import { namingOf } from "./naming";
import { refuseCreate, refuseDelete, settleMs } from "./refusals";
import { checkRules } from "./rules";

/** AWS as its provider shows it. */
export function awsDialect(schema: Schema): Dialect {
  const plain = plainDialect(schema);
  return {
    ...plain,
    checkConfig,
    naming: (type, inputs) => namingOf(type, inputs, plain.naming(type, inputs)),
    checkRules,
    answer,
    renewed,
    refuseCreate,
    refuseDelete,
    settleMs,
    invoke,
  };
}
