import { RpcError } from "../../grpc";
import type { Backlog } from "./backlog";

const MAX_SECONDS = 600;

export function checkDeadline(seconds: number, least: number): number {
  if (!(seconds >= least && seconds <= MAX_SECONDS))
    throw new RpcError(
      "INVALID_ARGUMENT",
      `Invalid ack deadline given (seconds=${seconds}, from ${least} to ${MAX_SECONDS}).`,
    );
  return seconds;
}

/** A new deadline for a delivery, from now on; zero gives the message back. One that has ended stays as it is. */
export function extend(backlog: Backlog, id: string, seconds: number): void {
  if (checkDeadline(seconds, 0) === 0) backlog.nack(id);
  else backlog.extend(id, seconds * 1000);
}

/** The form of the ids that the emulator gives out. */
const ACK_ID = /^\d+-\d+$/;

export function checkAckIds(ids: readonly string[] | undefined): readonly string[] {
  if (ids === undefined || ids.length === 0) throw new RpcError("INVALID_ARGUMENT", "No ack ids specified.");
  for (const id of ids)
    if (!ACK_ID.test(id))
      throw new RpcError("INVALID_ARGUMENT", `You have passed an invalid ack ID to the service (ack_id=${id}).`);
  return ids;
}
