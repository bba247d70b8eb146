import { blame, ConfigError, type SluiceError, toSluiceError } from "../errors";
import type { Pipeline } from "../pipeline";
import type { Action, Actions, ItemFailure, Prediction } from "../ports";
import { longestWait, pauseBeforeNext, type RetryContext } from "../retry";
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
  for (let row = 0; pipeline.actions.length > 0 && row < chunk.count; row++) {
    const prediction = predictions[row]!;
    for (const { name, when } of pipeline.actions) {
      if (!asked(pipeline, name, () => when(prediction, chunk.events[row]))) continue;
      const eventId = chunk.ids[row]!;
      const [key, time] = [chunk.keys[row]!, chunk.times[row]!];
      planned.actions.push({ id: `${eventId}:${name}`, name, eventId, key, time, prediction });
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
 * as a duplicate, and its action must still go out. An action waits with an earlier event of its key that must come again.
 * Returns the rows whose action is not out.
 */
export async function runActions(
  { actions, rowOf }: PlannedActions,
  notStored: ReadonlyMap<number, SluiceError>,
  port: Actions | undefined,
  retry: RetryContext,
  keys: readonly string[],
): Promise<ReadonlyMap<number, SluiceError>> {
  if (actions.length === 0 || port === undefined) return NOTHING;
  const undone = overtaking(actions, rowOf, notStored, keys);
  let pending = actions
    .map((_, index) => index)
    .filter((index) => !notStored.has(rowOf[index]!) && !undone.has(rowOf[index]!));

  for (let attempt = 1; pending.length > 0; attempt++) {
    const call = pending.map((index) => actions[index]!);
    const failed = (await publish(call, port, retry)).map(({ index, error }) => ({ index: pending[index]!, error }));
    const again = failed.filter(({ error }) => retry.mayPass?.(error) ?? error.retryable);
    const paused = again.length > 0 && (await pauseBeforeNext(longestWait(again), attempt, retry));
    for (const { index, error } of failed)
      if (!paused || !again.some((other) => other.index === index)) undone.set(rowOf[index]!, error);
    pending = paused ? again.map(({ index }) => index) : [];
  }
  return undone;
}

/** Rows whose action would overtake an earlier event of the same key that is to be delivered again. */
function overtaking(
  actions: readonly Action[],
  rowOf: readonly number[],
  notStored: ReadonlyMap<number, SluiceError>,
  keys: readonly string[],
): Map<number, SluiceError> {
  const held = new Map<string, { row: number; error: SluiceError }>();
  for (const [row, error] of notStored)
    if (error.retryable && row < (held.get(keys[row]!)?.row ?? row + 1)) held.set(keys[row]!, { row, error });
  const undone = new Map<number, SluiceError>();
  for (const [index, { key }] of actions.entries()) {
    const earlier = held.get(key);
    if (earlier !== undefined && earlier.row < rowOf[index]!) undone.set(rowOf[index]!, earlier.error);
  }
  return undone;
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
