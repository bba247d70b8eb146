import type { Archive, DeadLetterStore, Infer, Ingest, Store } from "sluice";
import { type MemoryActions, memoryActions } from "./actions";
import { memoryArchive } from "./archive";
import { memoryDeadLetters } from "./deadletter";
import { memoryInfer } from "./infer";
import { memoryIngest } from "./ingest";
import { type MemorySource, memorySource, type SourceOptions } from "./source";
import type { MemoryState } from "./state";
import { memoryStore } from "./store";

export interface Memory {
  readonly state: MemoryState;
  readonly ingest: Ingest;
  readonly infer: Infer;
  readonly store: Store;
  readonly deadLetters: DeadLetterStore;
  readonly actions: MemoryActions;
  readonly archive: Archive;
  source(options: SourceOptions): MemorySource;
}

/** Every port in memory. Opening the same state again is a restart: what was durable is there, nothing else is. */
export function openMemory(state: MemoryState): Memory {
  return {
    state,
    ingest: memoryIngest(state),
    infer: memoryInfer({ state }),
    store: memoryStore(state),
    deadLetters: memoryDeadLetters(state),
    actions: memoryActions(state),
    archive: memoryArchive(state),
    source: (options) => memorySource(state, options),
  };
}

export { MODEL_VERSION, memoryInfer, NAN_AMOUNT, REFUSED_AMOUNT, scoreOf } from "./infer";
export { type MemorySource, memorySource, type SourceOptions, type Trigger } from "./source";
export { type MemoryState, memoryState } from "./state";
