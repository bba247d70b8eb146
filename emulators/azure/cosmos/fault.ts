import { randomUUID } from "node:crypto";
import type { Answer } from "../../http-faults/fault";
import { jsonAnswer } from "../api-fault";

/** https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb */
const CODES: Record<number, string> = {
  304: "NotModified",
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Gone",
  412: "PreconditionFailed",
  413: "RequestEntityTooLarge",
  429: "429",
  449: "RetryWith",
  500: "InternalServerError",
  501: "NotImplemented",
  503: "ServiceUnavailable",
};

/** What of an error its status does not say. */
export interface FaultDetail {
  substatus?: number | undefined;
  /** Request units that it cost all the same. */
  charge?: number | undefined;
  retryAfterMs?: number | undefined;
}

/** An error of Cosmos DB. */
export class CosmosFault extends Error {
  override readonly name = "CosmosFault";
  readonly status: number;
  readonly detail: FaultDetail;

  constructor(status: number, message: string, detail: FaultDetail = {}) {
    super(message);
    this.status = status;
    this.detail = detail;
  }
}

export function asCosmosFault(thrown: unknown): CosmosFault {
  if (thrown instanceof CosmosFault) return thrown;
  throw thrown;
}

/** The error as a whole answer; its message names the request, as the service's does. */
export function cosmosFaultAnswer({ status, message, detail }: CosmosFault): Answer {
  const { substatus, charge = 0, retryAfterMs } = detail;
  const activityId = randomUUID();
  return jsonAnswer(
    status,
    { code: CODES[status] ?? String(status), message: `${message}\r\nActivityId: ${activityId}` },
    {
      "x-ms-activity-id": activityId,
      "x-ms-request-charge": String(charge),
      ...(substatus === undefined ? {} : { "x-ms-substatus": String(substatus) }),
      ...(retryAfterMs === undefined ? {} : { "x-ms-retry-after-ms": String(retryAfterMs) }),
    },
  );
}
