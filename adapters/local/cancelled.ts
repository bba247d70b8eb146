import { SluiceError, type Stage } from "../../shared/errors";

/** What a port throws when its caller's signal has aborted. */
export function cancelled(stage: Stage, adapter: string): SluiceError {
  return new SluiceError("cancelled", stage, "the caller cancelled it", { adapter });
}
