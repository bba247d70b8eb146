import type { ServerResponse } from "node:http";
import { sendJson } from "../grpc/status";

/** An error of the APIs that are older than google.rpc.Status: Cloud Storage and BigQuery. */
export class ApiFault extends Error {
  override readonly name = "ApiFault";
  readonly status: number;
  /** As in the list of https://cloud.google.com/bigquery/docs/error-messages and https://cloud.google.com/storage/docs/json_api/v1/status-codes */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export function apiFaultBody({ status: code, reason, message }: ApiFault): { error: object } {
  return { error: { code, message, errors: [{ message, domain: "global", reason }] } };
}

/** Answers with the error; what is none is thrown on. */
export function sendApiFault(response: ServerResponse, thrown: unknown): void {
  if (!(thrown instanceof ApiFault)) throw thrown;
  sendJson(response, apiFaultBody(thrown), thrown.status);
}

export function notImplemented(what: string): ApiFault {
  return new ApiFault(501, "notImplemented", `Not emulated: ${what}.`);
}
