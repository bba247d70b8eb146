import type { DeadLetter } from "../../shared/deadletter";
import type { ErrorCode } from "../../shared/errors";
import type { DeadLetterFilter } from "../../shared/ports";
import type { CommonOptions, DeploymentOptions } from "../options";

export type LetterOptions = CommonOptions & DeploymentOptions;

export interface FilterOptions extends LetterOptions {
  code?: ErrorCode;
  from?: number;
}

export function filterOf({ code, from }: FilterOptions, limit: number): DeadLetterFilter {
  return { ...(code && { code }), ...(from !== undefined && { from }), limit };
}

/** A letter without the event, which is not for every eye. */
export function withoutBody({ body, ...rest }: DeadLetter): Omit<DeadLetter, "body"> & { bytes: number } {
  return { ...rest, bytes: body.length };
}
