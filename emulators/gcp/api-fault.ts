import type { ServerResponse } from "node:http";
import { ApiFault } from "../api-fault";
import { sendJson } from "../grpc/status";

/**
 * The form of the APIs that are older than google.rpc.Status, Cloud Storage and BigQuery:
 * https://cloud.google.com/storage/docs/json_api/v1/status-codes and https://cloud.google.com/bigquery/docs/error-messages
 */
export function apiFaultBody({ status, code: reason, message }: ApiFault): { error: object } {
  return { error: { code: status, message, errors: [{ message, domain: "global", reason }] } };
}

/** Answers with the error; what is none is thrown on. */
export function sendApiFault(response: ServerResponse, thrown: unknown): void {
  if (!(thrown instanceof ApiFault)) throw thrown;
  sendJson(response, apiFaultBody(thrown), thrown.status);
}

export function notImplemented(what: string): ApiFault {
  return new ApiFault(501, "notImplemented", `Not emulated: ${what}.`);
}
