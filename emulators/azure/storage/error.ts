import { randomUUID } from "node:crypto";
import type { Answer } from "../../http-faults/fault";

/** https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2 */
export function storageError(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { "content-type": "application/xml", "x-ms-error-code": code, "x-ms-request-id": randomUUID() },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}
