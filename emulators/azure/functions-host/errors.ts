/** The function threw, or its process did something about it. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  /** Of the function's code. */
  readonly trace: string;

  constructor(message: string, trace = "") {
    super(message);
    this.trace = trace;
  }
}

/** The process is gone, with all that ran in it. */
export class WorkerExit extends Error {
  override readonly name = "WorkerProcessExitException";

  constructor(how: string) {
    super(`node exited with ${how}`);
  }
}

export class FunctionTimeout extends Error {
  override readonly name = "FunctionTimeoutException";

  constructor(timeoutMs: number, name: string) {
    super(`Timeout value of ${timeoutMs / 1_000} s was exceeded by function: Functions.${name}`);
  }
}

/** The instance ends: what runs in it comes to nothing. */
export class InstanceGone extends Error {
  override readonly name = "InstanceGone";

  constructor() {
    super("the instance is gone");
  }
}

/** What keeps an app from running; the real host says it in its log, and runs nothing. */
export class HostError extends Error {
  override readonly name = "HostError";
}
