import { blame, ConfigError, type SluiceError, toSluiceError } from "../errors";
import type { Pipeline } from "../pipeline";
import type { Action, Actions, ItemFailure, Prediction } from "../ports";
import { longestWait, mayPass, pauseBeforeNext, type RetryContext } from "../retry";
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
  const { actions } = pipeline;
  let row = 0;
  let rule = 0;
  try {
    for (; actions.length > 0 && row < chunk.count; row++) {
      const prediction = predictions[row]!;
      for (rule = 0; rule < actions.length; rule++)
        if (actions[rule]!.when(prediction, chunk.events[row]))
          plan(planned, actions[rule]!.name, chunk, row, prediction);
    }
  } catch (thrown) {
    throw new ConfigError(
      blame(thrown),
      `pipeline ${JSON.stringify(pipeline.name)}, action ${JSON.stringify(actions[rule]?.name)}`,
      "Make `when` work for every event that the schema lets pass.",
      { cause: thrown },
    );
  }
  return planned;
}

function plan(planned: PlannedActions, name: string, chunk: Chunk, row: number, prediction: Prediction): void {
  const eventId = chunk.ids[row]!;
  const [key, time] = [chunk.keys[row]!, chunk.times[row]!];
  planned.actions.push({ id: `${eventId}:${name}`, name, eventId, key, time, prediction });
  planned.rowOf.push(row);
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
  const undone = overtaking(
    actions,
    rowOf,
    [...notStored].filter(([, error]) => mayPass(error, retry)),
    keys,
  );
  let pending = actions
    .map((_, index) => index)
    .filter((index) => !notStored.has(rowOf[index]!) && !undone.has(rowOf[index]!));

  for (let attempt = 1; pending.length > 0; attempt++) {
    const call = pending.map((index) => actions[index]!);
    const failed = (await publish(call, port, retry)).map(({ index, error }) => ({ index: pending[index]!, error }));
    const again = failed.filter(({ error }) => mayPass(error, retry));
    const paused = again.length > 0 && (await pauseBeforeNext(longestWait(again), attempt, retry));
    for (const { index, error } of failed) if (!paused || !mayPass(error, retry)) undone.set(rowOf[index]!, error);
    pending = paused ? again.map(({ index }) => index) : [];
  }
  return undone;
}

/** Rows whose action would overtake an earlier event of the same key that is to be delivered again. */
function overtaking(
  actions: readonly Action[],
  rowOf: readonly number[],
  comingAgain: readonly [row: number, error: SluiceError][],
  keys: readonly string[],
): Map<number, SluiceError> {
  const held = new Map<string, { row: number; error: SluiceError }>();
  for (const [row, error] of comingAgain)
    if (row < (held.get(keys[row]!)?.row ?? row + 1)) held.set(keys[row]!, { row, error });
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
