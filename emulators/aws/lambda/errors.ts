/** What the function, or the process that ran it, did wrong: an invocation with `X-Amz-Function-Error: Unhandled`. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  /** As the runtime or the service names it: `TypeError`, `Sandbox.Timedout`, `Runtime.ExitError` ... */
  readonly errorType: string;
  readonly functionError = "Unhandled";
  /** Of the function's code. */
  readonly stackTrace: readonly string[];

  constructor(errorType: string, message: string, stackTrace: readonly string[] = []) {
    super(message);
    this.errorType = errorType;
    this.stackTrace = stackTrace;
  }
}

/** All environments are busy. The function did not run. */
export class TooManyRequestsException extends Error {
  override readonly name = "TooManyRequestsException";
  readonly statusCode = 429;
  readonly reason = "ReservedFunctionConcurrentInvocationLimitExceeded";

  constructor() {
    super("Rate Exceeded.");
  }
}

/** The event is larger than an invocation may be. The function did not run. */
export class RequestTooLargeException extends Error {
  override readonly name = "RequestTooLargeException";
  readonly statusCode = 413;

  constructor(bytes: number) {
    super(
      `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${MAX_PAYLOAD_BYTES} bytes)`,
    );
  }
}

/** Longest event and longest answer of a synchronous invocation. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

export function timedOut(requestId: string, timeoutMs: number): FunctionError {
  const seconds = (timeoutMs / 1_000).toFixed(2);
  return new FunctionError(
    "Sandbox.Timedout",
    `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
  );
}

export function exited(
  requestId: string,
  { code, signal }: { code: number | null; signal: string | null },
): FunctionError {
  const how = signal === null ? `with error: exit status ${code}` : `with error: signal: ${signal}`;
  const text = `Runtime exited ${code === 0 ? "without providing a reason" : how}`;
  return new FunctionError("Runtime.ExitError", `RequestId: ${requestId} Error: ${text}`);
}

export function outOfMemory(requestId: string, memoryMb: number): FunctionError {
  const text = `Runtime exited with error: signal: killed (more than ${memoryMb} MB)`;
  return new FunctionError("Runtime.OutOfMemory", `RequestId: ${requestId} Error: ${text}`);
}

export function answerTooLarge(bytes: number): FunctionError {
  return new FunctionError(
    "Function.ResponseSizeTooLarge",
    `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
  );
}
