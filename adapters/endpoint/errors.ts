import { clip, type ErrorCode, SluiceError } from "../../shared/errors";

/** An answer of a model server that is not a prediction. */
export interface ServerFailure {
  /** HTTP status; 0 if the server gave no answer in time. */
  status: number;
  /** The answer's body, if it is at hand. */
  body?: string | undefined;
  /** As `aws/infer`. */
  adapter: string;
  coordinates?: Readonly<Record<string, string | number>> | undefined;
  /** What the server asked us to wait, milliseconds. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** What an error of our server looks like: `{"error": {"code": "model-input", "message": "..."}}`. Messages hold no payload. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string };
}

/** Codes that the server may use, and the status that each goes with. */
export const STATUS_OF = {
  "model-input": 400,
  oversize: 413,
  "model-output": 422,
  internal: 500,
  "cold-start": 503,
  throttled: 503,
  unavailable: 503,
} as const satisfies Partial<Record<ErrorCode, number>>;

/** Where a status comes without our body, it is a proxy's or the platform's. */
const BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [0, "timeout"],
  [400, "model-input"],
  [401, "credentials"],
  [403, "credentials"],
  [408, "timeout"],
  [413, "oversize"],
  [422, "model-input"],
  [429, "throttled"],
  [500, "internal"],
  [504, "timeout"],
]);

/**
 * What a refusal of the model server means. 500 is a run that failed for a reason nobody can classify, as in process: it is
 * `internal`, which is blamed on the rows once they have been tried often enough. The other 5xx never blame them.
 */
export function serverError({ status, body, adapter, coordinates, retryAfterMs, cause }: ServerFailure): SluiceError {
  const told = body === undefined ? undefined : errorIn(body);
  const code = told?.code ?? BY_STATUS.get(status) ?? "unavailable";
  const message = told?.message ?? `The model server answered with status ${status}.`;
  return new SluiceError(code, "infer", clip(message, 400), {
    adapter,
    coordinates: { ...coordinates, modelStatus: status },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause,
  });
}

function errorIn(body: string): ErrorBody["error"] | undefined {
  try {
    const { code, message } = (JSON.parse(body) as ErrorBody).error;
    return Object.hasOwn(STATUS_OF, code) && typeof message === "string" ? { code, message } : undefined;
  } catch {
    return undefined;
  }
}
