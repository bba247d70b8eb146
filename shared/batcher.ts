import { SluiceError } from "./errors";
import type { FeatureMatrix, ModelOutput, OutputColumn } from "./matrix";
import type { CallOptions, Infer } from "./ports";

export interface MicroBatcherOptions {
  /** Most rows per joined call. Default: what the model takes, at most 1,000. */
  maxRows?: number;
  /** Joined calls under way at once. For an endpoint: its replicas times their workers. */
  maxInFlight: number;
}

interface Waiting {
  features: FeatureMatrix;
  resolve(output: ModelOutput): void;
  reject(error: unknown): void;
}

/**
 * Joins concurrent inference calls into fewer, larger ones, for a host that serves many small requests at once.
 * Work-conserving: while fewer than `maxInFlight` calls are under way, a call goes out at once and waits for nobody; only
 * behind a busy model do calls gather. A batcher with a timer instead makes every call on an idle service wait for nothing.
 * A joined call that blames its rows is repeated call by call, so one caller's bad row never fails another's.
 */
export function microBatched(infer: Infer, options: MicroBatcherOptions): Infer {
  const maxRows = Math.min(options.maxRows ?? 1_000, infer.capabilities.maxRows);
  const queue: Waiting[] = [];
  let inFlight = 0;

  return {
    ...infer,
    infer(features, { signal }: CallOptions = {}) {
      if (signal?.aborted) return Promise.reject(cancelled());
      const { promise, resolve, reject } = Promise.withResolvers<ModelOutput>();
      const waiting: Waiting = { features, resolve, reject };
      // A caller that gives up leaves the queue; once its rows are on their way the others' are with them, so they stay.
      const onAbort = () => leave(waiting);
      signal?.addEventListener("abort", onAbort, { once: true });
      queue.push(waiting);
      dispatch();
      return promise.finally(() => signal?.removeEventListener("abort", onAbort));
    },
  };

  function dispatch(): void {
    while (inFlight < options.maxInFlight && queue.length > 0) {
      inFlight++;
      send(takeBatch()).finally(() => {
        inFlight--;
        dispatch();
      });
    }
  }

  /** The longest run of waiting calls that fits; at least one. */
  function takeBatch(): Waiting[] {
    let rows = 0;
    let calls = 0;
    while (calls < queue.length && (calls === 0 || rows + queue[calls]!.features.rows <= maxRows))
      rows += queue[calls++]!.features.rows;
    return queue.splice(0, calls);
  }

  async function send(batch: Waiting[]): Promise<void> {
    try {
      const output = await infer.infer(join(batch));
      checkRows(output, batch);
      for (const [i, part] of split(output, batch).entries()) batch[i]!.resolve(part);
    } catch (thrown) {
      const blamesRows = thrown instanceof SluiceError && !thrown.retryable;
      if (batch.length > 1 && blamesRows) for (const one of batch) await send([one]);
      else for (const { reject } of batch) reject(thrown);
    }
  }

  function leave(waiting: Waiting): void {
    const place = queue.indexOf(waiting);
    if (place !== -1) queue.splice(place, 1);
    waiting.reject(cancelled());
  }
}

function cancelled(): SluiceError {
  return new SluiceError("cancelled", "infer", "The caller gave up before the prediction was there.");
}

function join(batch: readonly Waiting[]): FeatureMatrix {
  const [first] = batch;
  if (batch.length === 1) return first!.features;
  const { width } = first!.features;
  const rows = batch.reduce((sum, { features }) => sum + features.rows, 0);
  const data = new Float32Array(rows * width);
  let at = 0;
  for (const { features } of batch) {
    data.set(features.data.subarray(0, features.rows * width), at);
    at += features.rows * width;
  }
  return { rows, width, data };
}

/** An answer of another length cannot be cut up: its rows may be anybody's. Call by call it is the engine's to judge. */
function checkRows(output: ModelOutput, batch: readonly Waiting[]): void {
  if (batch.length === 1) return;
  const rows = batch.reduce((sum, { features }) => sum + features.rows, 0);
  for (const [name, { width, data }] of Object.entries(output)) {
    if (data.length === rows * width) continue;
    throw new SluiceError(
      "model-output",
      "infer",
      `Output \`${name}\` is ${data.length} values; expected ${rows} x ${width}.`,
    );
  }
}

function split(output: ModelOutput, batch: readonly Waiting[]): ModelOutput[] {
  if (batch.length === 1) return [output];
  let row = 0;
  return batch.map(({ features }) => {
    const from = row;
    row += features.rows;
    return Object.fromEntries(Object.entries(output).map(([name, column]) => [name, slice(column, from, row)]));
  });
}

function slice({ width, data }: OutputColumn, from: number, to: number): OutputColumn {
  return { width, data: data.slice(from * width, to * width) as OutputColumn["data"] };
}
