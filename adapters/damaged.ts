import { messageOf, SluiceError } from "../shared/errors";
import type { ErrorPlace } from "./place";

/** An archived object that cannot be read further. What can be read of it has been. */
export function damaged(cause: unknown, { stage, adapter, coordinates }: ErrorPlace, object: string): SluiceError {
  const message = `The archived object ${object} cannot be read: ${messageOf(cause)}. What stood before that has been read.`;
  return new SluiceError("encoding", stage, message, { adapter, coordinates: { ...coordinates, object }, cause });
}
