import type { LocalDatabase } from "../../adapters/local";
import type { DeadLetter } from "../../shared/deadletter";
import type { ErrorCode } from "../../shared/errors";
import type { Pipeline } from "../../shared/pipeline";
import type { DeadLetterFilter } from "../../shared/ports";
import { findDatabase } from "../database";
import { loadPipeline } from "../load";
import type { CommonOptions } from "../options";

export interface LetterOptions extends CommonOptions {
  database?: string;
  pipeline?: string;
}

export interface FilterOptions extends LetterOptions {
  code?: ErrorCode;
  from?: number;
}

/** Opens the database of the options and closes it afterwards. */
export async function withDatabase<T>(
  { database: directory, pipeline: file }: LetterOptions,
  run: (database: LocalDatabase, pipeline: Pipeline | undefined) => Promise<T>,
): Promise<T> {
  const pipeline = file === undefined ? undefined : loadPipeline({ file }).pipeline;
  const database = await findDatabase({ database: directory, pipeline });
  try {
    return await run(database, pipeline);
  } finally {
    await database.close();
  }
}

export function filterOf({ code, from }: FilterOptions, limit: number): DeadLetterFilter {
  return { ...(code && { code }), ...(from !== undefined && { from }), limit };
}

/** A letter without the event, which is not for every eye. */
export function withoutBody({ body, ...rest }: DeadLetter): Omit<DeadLetter, "body"> & { bytes: number } {
  return { ...rest, bytes: body.length };
}
