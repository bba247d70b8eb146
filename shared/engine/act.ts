import { blame, ConfigError, type SluiceError, toSluiceError } from "../errors";
import type { Pipeline } from "../pipeline";
import type { Action, Actions, ItemFailure, Prediction } from "../ports";
import { pauseBeforeNext, type RetryContext } from "../retry";
import type { Chunk } from "./scratch";

/** Actions and the rows that called for them, index by index. */
export interface PlannedActions {
  actions: Action[];
  rowOf: number[];
}

const NOTHING: ReadonlyMap<number, SluiceError> = new Map();

/**
 * Asks the pipeline's rules, before anything is stored: a rule that throws must not leave a row half done. It would throw
 * again at every delivery, so it stops the batch as a ConfigError.
 */
export function planActions(pipeline: Pipeline, chunk: Chunk, predictions: readonly Prediction[]): PlannedActions {
  const planned: PlannedActions = { actions: [], rowOf: [] };
  for (const { name, when } of pipeline.actions) {
    for (let row = 0; row < chunk.count; row++) {
      const prediction = predictions[row]!;
      if (!asked(pipeline, name, () => when(prediction, chunk.events[row]))) continue;
      const eventId = chunk.ids[row]!;
      planned.actions.push({
        id: `${eventId}:${name}`,
        name,
        eventId,
        key: chunk.keys[row]!,
        time: chunk.times[row]!,
        prediction,
      });
      planned.rowOf.push(row);
    }
  }
  return planned;
}

function asked(pipeline: Pipeline, action: string, question: () => boolean): boolean {
  try {
    return question();
  } catch (thrown) {
    throw new ConfigError(
      blame(thrown),
      `pipeline ${JSON.stringify(pipeline.name)}, action ${JSON.stringify(action)}`,
      "Make `when` work for every event that the schema lets pass.",
      { cause: thrown },
    );
  }
}

/**
 * Publishes what belongs to durable rows, duplicates included: after a crash between store and action the row comes back
 * as a duplicate, and its action must still go out. Returns the rows whose action is not out.
 */
export async function runActions(
  { actions, rowOf }: PlannedActions,
  notStored: ReadonlyMap<number, SluiceError>,
  port: Actions | undefined,
  retry: RetryContext,
): Promise<ReadonlyMap<number, SluiceError>> {
  let pending = actions.map((_, index) => index).filter((index) => !notStored.has(rowOf[index]!));
  if (pending.length === 0 || port === undefined) return NOTHING;
  for (let attempt = 1; ; attempt++) {
    const failures = await publish(
      pending.map((index) => actions[index]!),
      port,
      retry,
    );
    if (failures.length === 0) return NOTHING;
    const failed = failures.map(({ index, error }) => ({
      row: rowOf[pending[index]!]!,
      index: pending[index]!,
      error,
    }));
    if (!(await pauseBeforeNext(failed[0]!.error, attempt, retry)))
      return new Map(failed.map(({ row, error }) => [row, error]));
    pending = failed.map(({ index }) => index);
  }
}

async function publish(
  actions: readonly Action[],
  port: Actions,
  { deadline }: RetryContext,
): Promise<readonly ItemFailure[]> {
  try {
    deadline.check("actions");
    return await deadline.race(port.publish(actions, { signal: deadline.signal }), "actions");
  } catch (thrown) {
    const error = toSluiceError(thrown, "actions");
    return actions.map((_, index) => ({ index, error }));
  }
}
