import type {
  DeadLetterCapabilities,
  InferCapabilities,
  IngestCapabilities,
  PreprocessCapabilities,
  StoreCapabilities,
} from "./capabilities";
import type { DeadLetter } from "./deadletter";
import type { BatchOutcome, Delivery } from "./delivery";
import type { ErrorCode, SluiceError } from "./errors";
import type { FeatureMatrix, ModelOutput } from "./matrix";

/** Every call that can wait takes one of these. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** One item of a call that failed while others went through. `index` counts in the call's input. */
export interface ItemFailure {
  index: number;
  error: SluiceError;
}

// ---------------------------------------------------------------- ingest

export interface PublishBatch {
  /** Routing key per event. */
  keys: readonly string[];
  /** The event per key: text, or the bytes as they came. */
  bodies: readonly (string | Uint8Array)[];
  /**
   * Makes a repeated publish harmless where the adapter can: event `i` has the number `sequence + i` of this producer,
   * numbers only grow, and what the stream already holds of a producer is not appended again.
   */
  producer?: { id: string; sequence: number } | undefined;
}

export interface PublishReport {
  /** Events that are durable because of this call. */
  accepted: number;
  /** Events that already were, of the same producer. */
  alreadyAccepted: number;
  /** Events that are not durable. None of a key's later events is accepted before an earlier one. */
  failures: readonly ItemFailure[];
}

export interface Ingest {
  readonly capabilities: IngestCapabilities;
  /** Returns once each event is durable or reported as failed. */
  publish(batch: PublishBatch, options?: CallOptions): Promise<PublishReport>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- preprocess

/** Turns what the platform hands over into a delivery, and the outcome into what the platform expects back. */
export interface Preprocess<Trigger, Answer> {
  readonly capabilities: PreprocessCapabilities;
  receive(trigger: Trigger): Delivery;
  answer(delivery: Delivery, outcome: BatchOutcome): Answer;
}

// ---------------------------------------------------------------- infer

export interface ModelInfo {
  /** Hash of the model's content: the same model has the same version everywhere. That of the last answer, where it can change. */
  version: string;
  /** Features per row. */
  width: number;
}

export interface Infer {
  readonly capabilities: InferCapabilities;
  /** Loads the model and makes one real prediction; ready means predicted. Throws ConfigError if the model does not fit the pipeline. */
  warmUp(options?: CallOptions): Promise<ModelInfo>;
  /**
   * One prediction per row, in order. Throws SluiceError; a code that is not retryable blames the rows.
   * The matrix is reused once the call settles or its signal aborts: an adapter that waits must have read it by then.
   */
  infer(features: FeatureMatrix, options?: CallOptions): Promise<ModelOutput>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- store

export type PredictionValue = number | string | boolean | null;

export type Prediction = Readonly<Record<string, PredictionValue>>;

/** Predictions of a micro-batch, column by column; index `i` is one row. Valid only during the call: copy what must last. */
export interface RowBatch<Row extends Prediction = Prediction> {
  count: number;
  ids: readonly string[];
  keys: readonly string[];
  /** Event time, milliseconds since 1970. */
  times: readonly number[];
  predictions: readonly Row[];
  /** The true answer where the event already carries it, to measure quality. */
  truths: readonly (number | null)[] | undefined;
  features: FeatureMatrix;
  modelVersion: string;
  pipelineVersion: string;
}

export interface WriteReport {
  /** Indices of rows whose id was stored before; the first result stays. Empty if the adapter cannot tell. */
  duplicates: readonly number[];
  /** Rows that are not durable. All others are. */
  failures: readonly ItemFailure[];
}

export interface StoredPrediction {
  id: string;
  key: string;
  time: number;
  prediction: Prediction;
  truth: number | null;
  features: Float32Array;
  modelVersion: string;
  pipelineVersion: string;
  /** Milliseconds since 1970. */
  storedAt: number;
}

export interface PredictionQuery {
  id?: string;
  key?: string;
  /** Event time, inclusive. */
  from?: number;
  /** Event time, exclusive. */
  to?: number;
  limit: number;
  /** Newest first instead of oldest first. */
  newest?: boolean;
}

export interface Store {
  readonly capabilities: StoreCapabilities;
  /** Writes many rows; each id once, whatever is repeated in this call or across calls and processes. */
  write(rows: RowBatch, options?: CallOptions): Promise<WriteReport>;
  read(key: string, id: string, options?: CallOptions): Promise<StoredPrediction | undefined>;
  query?(query: PredictionQuery, options?: CallOptions): AsyncIterable<StoredPrediction>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- dead letters

export interface DeadLetterFilter {
  code?: ErrorCode;
  /** Failed at or after, milliseconds since 1970. */
  from?: number;
  limit: number;
}

export interface DeadLetterStore {
  readonly capabilities: DeadLetterCapabilities;
  /** All letters are durable when it returns. A letter that is there already stays as it is. */
  put(letters: readonly DeadLetter[], options?: CallOptions): Promise<void>;
  /** Oldest first. */
  list(filter: DeadLetterFilter, options?: CallOptions): AsyncIterable<DeadLetter>;
  /** Takes letters out for good: call it once their events are durable elsewhere. Unknown ids are ignored. */
  take(ids: readonly string[], options?: CallOptions): Promise<number>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- actions

export interface Action {
  /** The same event and action give the same id, so that a receiver can drop repeats. */
  id: string;
  name: string;
  eventId: string;
  key: string;
  /** Event time, milliseconds since 1970. */
  time: number;
  prediction: Prediction;
}

export interface Actions {
  /** At least once: an action may come again after a crash, with the same id. */
  publish(actions: readonly Action[], options?: CallOptions): Promise<readonly ItemFailure[]>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- archive

export interface ArchiveQuery {
  /** Accepted at or after, milliseconds since 1970. */
  from?: number;
  /** Accepted before. */
  to?: number;
}

export interface ArchivedMessage {
  body: Uint8Array | string;
  partition: string;
  offset: string;
  /** Milliseconds since 1970. */
  acceptedAt: number;
}

export interface Archive {
  /** Raw messages as the stream held them, in order within each partition. */
  read(query: ArchiveQuery, options?: CallOptions): AsyncIterable<ArchivedMessage>;
  close(): Promise<void>;
}
